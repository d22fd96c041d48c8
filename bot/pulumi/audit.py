"""The calls about an organization's audit log, which is for administrators of the larger plans.

https://www.pulumi.com/docs/reference/cloud-rest-api/audit-logs/
"""

import re
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

from bot.errors import BadAnswer, TooLarge
from bot.organization import AuditEvent, AuditExport, AuditFormat, records
from bot.pulumi import people
from bot.pulumi.calls import Calls
from bot.pulumi.walk import Walk
from bot.pulumi.wire import instant

_LARGEST: Final = 64 * 1024 * 1024  # bytes of one export
_GZIP: Final = b"\x1f\x8b"
_LIST: Final = "list audit log"
_EXPORT: Final = "export audit log"
_CEF_TIME: Final = re.compile(rb"(?:^|[ |])rt=([0-9]{13})(?![0-9])")  # milliseconds, by the format's definition


class AuditCalls(Calls):
    """What was done in an organization."""

    async def audit_events(
        self, org: str, *, since: datetime, until: datetime, user: str | None = None, event: str | None = None
    ) -> AsyncIterator[AuditEvent]:
        """GET …/auditlogs, newest first, from `until` (not included) back to `since`; read only as far as is asked.

        `event` is a kind of event in Pulumi's words. NotFound: there is no such user. BadRequest: not in the plan.
        """
        walk = Walk[AuditEvent](since, until, lambda each: each.at)
        while True:
            bound = {"startTime": walk.start} if walk.token is None else {"continuationToken": walk.token}
            query = {**bound, "userFilter": user, "eventFilter": event}
            page = await self._get(_LIST, people.AuditPage, "orgs", org, "auditlogs", query=query)
            for each in walk.take(page.found()):
                yield each
            if not walk.follow(page.token):
                return

    async def export_audit(  # noqa: PLR0913  # one for each filter
        self,
        org: str,
        form: AuditFormat = AuditFormat.CSV,
        *,
        since: datetime,
        until: datetime,
        user: str | None = None,
        event: str | None = None,
    ) -> AuditExport:
        """GET …/auditlogs/export, newest first, from `until` (not included) back to `since`; asked until complete.

        Lines whose time cannot be read are kept. TooLarge above 64 MiB, else as `audit_events`.
        """
        walk, kept, size = Walk[bytes](since, until, _CSV_OR_CEF[form]), list[bytes](), 0
        while True:
            query = {"startTime": walk.start, "format": form.value, "userFilter": user, "eventFilter": event}
            content = await self._exported(org, query)
            fresh = walk.take(records(form, content))
            kept += fresh
            size += sum(map(len, fresh))
            if size > _LARGEST:
                raise TooLarge(_EXPORT, "the audit log is too large", limit=_LARGEST)
            if not walk.step():
                return AuditExport(format=form, content=b"".join(kept))

    async def _exported(self, org: str, query: dict[str, str | int | None]) -> bytes:
        path = ("orgs", org, "auditlogs", "export")
        body = await self._exchange.get(_EXPORT, "api", *path, query=query, largest=_LARGEST, typed=False)
        return unzipped(_EXPORT, body, _LARGEST)


def unzipped(endpoint: str, body: bytes, largest: int) -> bytes:
    """The body decompressed, if it is compressed, said or not; several parts in a row are one. TooLarge, BadAnswer."""
    content = b""
    while body.startswith(_GZIP):
        unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            content += unzip.decompress(body, largest + 1 - len(content))
        except zlib.error:
            raise BadAnswer(endpoint, "the compressed answer is broken") from None
        if len(content) > largest:
            raise TooLarge(endpoint, "the answer is too large", limit=largest)
        if not unzip.eof:
            raise BadAnswer(endpoint, "the compressed answer is cut off")
        body = unzip.unused_data
    return content or body


def _csv_time(record: bytes) -> datetime | None:
    return instant(record.partition(b",")[0].strip(b'" \r\n').decode("ascii", "replace"))


def _cef_time(record: bytes) -> datetime | None:
    found = _CEF_TIME.search(record)
    return datetime.fromtimestamp(int(found[1]) / 1000, UTC) if found else None


_CSV_OR_CEF: Final = {AuditFormat.CSV: _csv_time, AuditFormat.CEF: _cef_time}
