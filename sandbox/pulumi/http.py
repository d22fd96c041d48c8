"""How this service speaks HTTP: errors, tokens, strict queries, paging tokens that must be encoded. No endpoint lives here."""

import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from re import fullmatch

from aiohttp import web

from sandbox.pulumi.resources import digest

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Parser = Callable[[str, str], object]

UNAUTHORIZED = "Unauthorized: No credentials provided or are invalid."
_PHRASES = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
_OLDEST, _NEWEST = 3, 9


def fault(status: int, message: str) -> web.HTTPException:
    """The error as Pulumi Cloud sends it: JSON, the status repeated, its phrase before the message."""
    kinds: Mapping[int, type[web.HTTPException]] = {
        400: web.HTTPBadRequest,
        401: web.HTTPUnauthorized,
        403: web.HTTPForbidden,
        404: web.HTTPNotFound,
        409: web.HTTPConflict,
    }
    text = f"{_PHRASES[status]}: {message}" if status in _PHRASES else message
    return kinds[status](text=json.dumps({"code": status, "message": text}), content_type="application/json")


def check_accept(request: web.Request) -> None:
    """Refuse a media type of an API version that is not spoken; none at all, or plain JSON, means the default one."""
    wanted = request.headers.get("Accept", "*/*").partition(",")[0].strip()
    found = fullmatch(r"application/vnd\.pulumi\+(\d+)", wanted)
    if found and not _OLDEST <= int(found[1]) <= _NEWEST:
        raise fault(400, f"API version {found[1]} is not supported.")
    if not found and not wanted.startswith(("*/*", "application/json", "application/*")):
        raise fault(400, f"Unsupported media type '{wanted}'.")


def bearer(request: web.Request) -> str:
    """The access token of the request: the word `token`, one space, the value. Anything else is no token."""
    found = fullmatch(r"token (\S+)", request.headers.get("Authorization", ""))
    return found[1] if found else ""


def query(request: web.Request, **allowed: Parser) -> dict[str, object]:
    """The query's values. A name that the endpoint does not know, a repeated one or a bad value is a 400."""
    values: dict[str, object] = {}
    for name, text in request.query.items():
        key = name.replace("-", "_")
        if key not in allowed or (key in values and allowed[key] is not integers):
            raise fault(400, f"Invalid query parameter '{name}'.")
        values[key] = allowed[key](name, text)
    return values


def word(_name: str, text: str) -> str:
    """Any text."""
    return text


def integer(name: str, text: str) -> int:
    """A whole number that is not negative."""
    if not fullmatch(r"[0-9]{1,9}", text):
        raise fault(400, f"Invalid '{name}' value.")
    return int(text)


def integers(name: str, text: str) -> int:
    """One of several whole numbers under the same name."""
    return integer(name, text)


def boolean(name: str, text: str) -> bool:
    """`true` or `false`."""
    if text not in {"true", "false"}:
        raise fault(400, f"Invalid '{name}' value.")
    return text == "true"


def issue(position: int, *about: object) -> str:
    """A continuation token for a place in a list; it holds characters that a client must percent-encode."""
    seal = b64encode(bytes.fromhex(digest("token", position, *about))[:7]).decode()
    return b64encode(f"{position}-".encode()).decode().rstrip("=") + "+/" + seal


def redeem(token: str, message: str, *about: object) -> int:
    """The place that a token of this very list stands for; 400 with the message for any other."""
    head = token.partition("+/")[0]
    try:
        position = int(b64decode(head + "=" * (-len(head) % 4)).decode().rstrip("-"))
    except ValueError:
        raise fault(400, message) from None
    if token != issue(position, *about):
        raise fault(400, message)
    return position
