"""How this service speaks HTTP: errors, tokens, strict queries, paging tokens that must be encoded."""

import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from re import fullmatch

from aiohttp import web

from sandbox.pulumi.resources import digest

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STACK = "/api/stacks/{org}/{project}/{stack}"
ORG = "/api/orgs/{org}"
UNAUTHORIZED = "Unauthorized: No credentials provided or are invalid."
_PHRASES = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
_OLDEST, _NEWEST = 3, 9


def dumps(value: object) -> str:
    """JSON as Go's encoder writes it: no character of HTML stands in it as it is."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def answer(value: object, status: int = 200) -> web.Response:
    """A value as the service sends it."""
    return web.json_response(value, dumps=dumps, status=status)


def nothing(status: int = 204) -> web.Response:
    """It is done, and there is nothing to say."""
    return web.Response(status=status)


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
    return kinds[status](text=dumps({"code": status, "message": text}), content_type="application/json")


def check_accept(request: web.Request) -> None:
    """Refuse a media type of an API version that is not spoken; none at all, or plain JSON, means the default one."""
    wanted = request.headers.get("Accept", "*/*").partition(",")[0].partition(";")[0].strip()
    found = fullmatch(r"application/vnd\.pulumi\+(\d+)", wanted)
    if found and not _OLDEST <= int(found[1]) <= _NEWEST:
        raise fault(400, f"API version {found[1]} is not supported.")
    if not found and not wanted.startswith(("*/*", "application/json", "application/*")):
        raise fault(400, f"Unsupported media type '{wanted}'.")


def bearer(request: web.Request) -> str:
    """The access token of the request: the word `token`, one space, the value. Anything else is no token."""
    found = fullmatch(r"token (\S+)", request.headers.get("Authorization", ""))
    return found[1] if found else ""


class Query:
    """The query of a request. An unknown name, a repeated one and a bad value are a 400 each."""

    def __init__(self, request: web.Request, *names: str, many: tuple[str, ...] = ()) -> None:
        self._values = request.query
        for name in self._values:
            if name not in (*names, *many) or (name not in many and len(self._values.getall(name)) > 1):
                raise fault(400, f"Invalid query parameter '{name}'.")

    def text(self, name: str) -> str:
        """The value, or nothing."""
        return self._values.get(name, "")

    def given(self, name: str) -> bool:
        """Whether there is such a parameter."""
        return name in self._values

    def integer(self, name: str, otherwise: int = 0, *, hint: str = "") -> int:
        """A whole number that is not negative."""
        text = self._values.get(name)
        if text is None:
            return otherwise
        if not fullmatch(r"[0-9]{1,12}", text):
            raise fault(400, f"Invalid '{name}' value.{hint}")
        return int(text)

    def flag(self, name: str, *, otherwise: bool) -> bool:
        """`true` or `false`."""
        text = self._values.get(name, str(otherwise).lower())
        if text not in {"true", "false"}:
            raise fault(400, f"Invalid '{name}' value.")
        return text == "true"

    def integers(self, name: str) -> list[int]:
        """All values of a repeated parameter, whole numbers each."""
        found = self._values.getall(name, [])
        if not all(fullmatch(r"[0-9]{1,9}", text) for text in found):
            raise fault(400, f"Invalid '{name}' value.")
        return [int(text) for text in found]


def issue(position: int, *about: object) -> str:
    """A continuation token for a place in a list; it holds characters that a client must percent-encode."""
    seal = b64encode(bytes.fromhex(digest("token", position, *about))[:7]).decode()
    return b64encode(f"{position}-".encode()).decode().rstrip("=") + "+/" + seal


def redeem(token: str, message: str, *about: object) -> int:
    """The place that a token of this very list stands for, 0 without a token; 400 with the message for any other."""
    if not token:
        return 0
    head = token.partition("+/")[0]
    try:
        position = int(b64decode(head + "=" * (-len(head) % 4)).decode().rstrip("-"))
    except ValueError:
        raise fault(400, message) from None
    if token != issue(position, *about):
        raise fault(400, message)
    return position
