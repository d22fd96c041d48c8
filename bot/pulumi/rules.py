"""What Pulumi's answers mean: pure functions over status, headers and body. No I/O, no clock.

Pulumi's API: https://www.pulumi.com/docs/reference/cloud-rest-api/
"""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from bot.errors import (
    BadAnswer,
    BadRequest,
    Conflict,
    Forbidden,
    MissingRoute,
    NoAnswer,
    NotFound,
    NotSent,
    PlanLacks,
    PulumiError,
    RateLimited,
    ServerError,
    Unauthorized,
)
from bot.model import Effect, UpdateInfo

TRIES: Final = 4
PATIENCE: Final = 30.0  # seconds, the longest wait between two tries; the limits of Pulumi's own CLI
_LONGEST: Final = 500  # characters of a message
_BY_STATUS: Final[Mapping[int, type[PulumiError]]] = {402: PlanLacks, 403: Forbidden, 404: NotFound, 409: Conflict}
_SAML: Final = {"saml_login_required", "saml_reauth_required"}
_NOT_YET: Final = datetime.max.replace(tzinfo=UTC)
_PHRASES: Final = tuple(
    f"{phrase}: "  # Go words two of them differently
    for phrase in ("Unprocessable Entity", "Request Entity Too Large", *(each.phrase for each in HTTPStatus))
)


class _Detail(BaseModel):
    attribute: str | None = None
    type: str | None = Field(None, alias="errorType")


class _Said(BaseModel):
    """Pulumi's error body, `apitype.ErrorResponse`. Other servers send a word as `code`."""

    message: str
    code: int | str | None = None
    errors: tuple[_Detail, ...] | None = None


def error_of(endpoint: str, status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> PulumiError:
    """What an answer outside 2xx stands for. The look-up in `headers` has to ignore case.

    The message is Pulumi's own without its status phrase, or a plain text's first words; HTML never gets into it.
    """
    said = _said(body)
    message = _plain(said.message if said else body.decode(errors="replace"))
    wait = retry_after(headers.get("Retry-After"), now)
    match status // 100, status:
        case 3, _:
            return BadAnswer(endpoint, "it points to another address, and redirects are not followed")
        case 5, _:
            request_id = headers.get("X-Pulumi-Request-ID", "")
            return ServerError(endpoint, message, status=status, request_id=request_id, retry_after=wait)
        case _, 401:
            return Unauthorized(endpoint, message, saml_org=_saml_org(said))
        case _, 429:
            return RateLimited(endpoint, message, retry_after=wait)
    kind = MissingRoute if _lacks_route(status, said) else _BY_STATUS.get(status, BadRequest)
    return kind(endpoint, message)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long `Retry-After` asks to wait, from seconds or an HTTP date; None when it says nothing readable."""
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return timedelta(seconds=int(value))
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(until.replace(tzinfo=until.tzinfo or UTC) - now, timedelta())


def retry_delay(error: PulumiError, effect: Effect, attempt: int, jitter: float = 0.0) -> float | None:
    """Seconds to wait before the next try, None to give up. `attempt` counts from 0, `jitter` is from 0 to 1.

    A WRITE is never sent again. Waits longer than PATIENCE are left to whoever asked.
    """
    if effect is Effect.WRITE or attempt + 1 >= TRIES:
        return None
    if not isinstance(error, NotSent | NoAnswer | ServerError | RateLimited):
        return None
    delay = 2**attempt * (1 + jitter)
    if isinstance(error, RateLimited | ServerError) and error.retry_after is not None:
        delay = max(delay, error.retry_after.total_seconds())
    return delay if delay <= PATIENCE else None


@dataclass(slots=True)
class TokenTrail:
    """How far a list was followed that continues by token. It says when to stop, and never loops."""

    token: str | None = None
    _used: set[str] = field(default_factory=set)

    def follow(self, token: str | None) -> bool:
        """Move on to `token`. False at the end: null, absent and "" alike, and a token that was used before."""
        if not token or token in self._used:
            return False
        self._used.add(token)
        self.token = token
        return True


def is_last_page(page: int, size: int, *, got: int, fresh: int, total: int | None) -> bool:
    """Whether a numbered list ends here: `got` items came on the 1-based `page`, `fresh` of them not seen before.

    Without a believable `total`, a short page is the last one, and so is one that repeats. More items than asked
    for, or none, come from the end of a list or from a server that does not page.
    """
    if got == 0 or got > size:
        return True
    if total and total >= got:
        return page * size >= total
    return got < size or fresh == 0


def newest_first(updates: Iterable[UpdateInfo]) -> list[UpdateInfo]:
    """The updates by their start; one that has not started yet is the newest. Equal starts keep their order."""
    return sorted(updates, key=lambda each: each.started or _NOT_YET, reverse=True)


def is_oldest_first(updates: Sequence[UpdateInfo]) -> bool:
    """Whether a server lists the oldest first, whatever it was asked."""
    ordered = newest_first(updates)
    return bool(ordered) and ordered[-1].started != ordered[0].started and updates[0].started == ordered[-1].started


def key_of(update: UpdateInfo) -> Hashable:
    """What tells an update from the others of its stack. A version does not, with other servers or for previews."""
    return update.update_id or (update.version, update.kind, update.started)


def _said(body: bytes) -> _Said | None:
    try:
        return _Said.model_validate_json(body)
    except ValidationError:
        return None


def _plain(text: str) -> str:
    """One readable message: no HTML, no JSON, no status phrase, and not endless."""
    text = text.strip()
    if text.startswith(("<", "{")):
        return ""
    phrase = next((each for each in _PHRASES if text.startswith(each)), "")
    text = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]+", " ", text.removeprefix(phrase))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _saml_org(said: _Said | None) -> str | None:
    return next((each.attribute for each in (said.errors or () if said else ()) if each.type in _SAML), None)


def _lacks_route(status: int, said: _Said | None) -> bool:
    """Whether the server does not know the endpoint, as opposed to the thing that was asked for.

    Pulumi's own 404 is JSON with a message. Routers answer in plain text; Procella's has a word as the code of a 400.
    """
    if status == HTTPStatus.BAD_REQUEST:
        return said is not None and isinstance(said.code, str) and not said.code.isdecimal()
    return status == HTTPStatus.METHOD_NOT_ALLOWED or (status == HTTPStatus.NOT_FOUND and said is None)
