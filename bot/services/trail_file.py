"""The trail as a file: CSV that no spreadsheet takes for formulas, or a JSON object on each line. Pure."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Final, Literal

from bot.records import Record
from bot.services.story import read

Form = Literal["csv", "json"]

_COLUMNS: Final = ("seq", "at", "subject", "deed")
_BODY: Final = (
    "user",
    "login",
    "text",
    "line",
    "state",
    "requester",
    "rule",
    "source",
    "outcome",
    "proof",
    "reference",
)
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", *"\uff1d\uff0b\uff0d\uff20")  # the last: full width


def written(records: Iterable[Record], form: Form, *, headed: bool = True) -> str:
    """The rows in that form; `headed`: a table begins with the names of its columns."""
    return _csv(records, headed=headed) if form == "csv" else "".join(map(_object, records))


def _csv(records: Iterable[Record], *, headed: bool) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    if headed:
        table.writerow((*_COLUMNS, *_BODY, "body", "hash"))
    for record in records:
        body = read(record)
        said = (str(body.get(name, "")) for name in _BODY)
        cells = (str(record.seq), _time(record), record.subject, record.deed, *said, record.body, record.hash)
        table.writerow(map(harmless, cells))
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that is text to every spreadsheet."""
    return f"'{cell}" if cell.lstrip(" \n\u00a0\ufeff\0").startswith(_FORMULA) else cell


def _object(record: Record) -> str:
    row = {"seq": record.seq, "at": _time(record), "subject": record.subject, "deed": record.deed}
    return json.dumps({**row, "body": read(record) or record.body, "hash": record.hash}) + "\n"


def _time(record: Record) -> str:
    return record.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
