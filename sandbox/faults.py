"""Faults on demand: what networks and strained services do to a client, as rules that the page and the tests set.

A request meets every rule that fits it, the oldest first: a delay and then a 503, say. What a rule keeps from being
reached (an answer made up, a connection cut) counts for that rule alone.
"""

import asyncio
import http.client
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, Literal

from aiohttp import web
from aiohttp.typedefs import Middleware

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SERVICES: Final = ("slack", "pulumi")
# Kind → the fields that it has beside those of every kind.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "latency": ("seconds",),
    "status": ("status", "retry_after", "body"),
    "drop": ("when",),
    "slow-body": ("seconds",),
}
COMMON: Final = ("service", "match", "kind", "times")
LONGEST: Final = 600
PIECES: Final = 8
HTML: Final = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule. It fits a service's requests whose `VERB path` contains `match`, `times` times (0: for good)."""

    service: str
    kind: str
    match: str = ""
    times: int = 0
    seconds: float = 1.0
    status: int = 503
    retry_after: int | str | None = None
    """`Retry-After`: seconds, an HTTP date, or no such header."""
    body: Literal["json", "text", "html"] = "json"
    when: Literal["before", "after"] = "before"
    """Whether the connection is cut before the request is handled, or after: the client cannot tell."""
    id: int = 0
    fired: int = 0

    def fits(self, service: str, request: str) -> bool:
        """Whether it shall happen to this request."""
        spent = 0 < self.times <= self.fired
        return not spent and service == self.service and self.match.lower() in request.lower()

    def shown(self) -> Json:
        """As the control route tells it."""
        names = ("id", *COMMON, *FIELDS[self.kind], "fired")
        return {name: getattr(self, name) for name in names}


def read(body: object) -> Fault:
    """A fault out of JSON; ValueError says which field is wrong."""
    if not isinstance(body, dict):
        raise ValueError("The body is not an object.")  # noqa: TRY004 - one exception for everything that is sent wrong
    kind = str(body.get("kind"))
    if kind not in FIELDS:
        raise ValueError(f"'kind' is one of {', '.join(FIELDS)}.")
    for name, value in body.items():
        if name not in (*COMMON, *FIELDS[kind]):
            raise ValueError(f"A {kind} fault has no '{name}'.")
        is_right, words = CHECKS[name]
        if not is_right(value):
            raise ValueError(f"'{name}' is {words}.")
    if "service" not in body:
        raise ValueError("'service' is missing.")
    return Fault(**body)


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST


def _retry_after(value: object) -> bool:
    if not isinstance(value, str):
        return value is None or _whole(value, 0, 86_400)
    try:
        parsedate_to_datetime(value)
    except ValueError:
        return False
    return True


CHECKS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "service": (lambda value: value in SERVICES, "slack or pulumi"),
    "match": (lambda value: isinstance(value, str), "text"),
    "kind": (lambda value: value in FIELDS, "a kind"),
    "times": (lambda value: _whole(value, 0, 1_000_000), "a whole number, 0 for as often as it fits"),
    "seconds": (_seconds, f"a number, at most {LONGEST}"),
    "status": (lambda value: _whole(value, 400, 599), "from 400 to 599"),
    "retry_after": (_retry_after, "seconds, an HTTP date or null"),
    "body": (lambda value: value in ("json", "text", "html"), "json, text or html"),
    "when": (lambda value: value in ("before", "after"), "before or after"),
}


class Faults:
    """The rules in force, the middleware that applies them, and the routes that set them."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self._last = 0

    def add(self, fault: Fault) -> Fault:
        """One more; it gets the next id."""
        self._last = fault.id = self._last + 1
        self.rules.append(fault)
        return fault

    def clear(self, number: int | None = None) -> None:
        """Take back one by its id, or all."""
        self.rules = [rule for rule in self.rules if number not in (None, rule.id)]

    def after(self, number: int, service: str, request: str) -> Fault | None:
        """The first rule beyond this id that fits."""
        return next((rule for rule in self.rules if rule.id > number and rule.fits(service, request)), None)

    def middleware(self) -> Middleware:
        """For the outermost application; `/control` and the page are spared."""

        @web.middleware
        async def meddle(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._serve(request, handler, 0)

        return meddle

    def routes(self) -> list[web.RouteDef]:
        """`/control/faults`."""
        return [
            web.get("/control/faults", self._list),
            web.post("/control/faults", self._add),
            web.delete("/control/faults", self._clear),
        ]

    async def _serve(self, request: web.Request, handler: Handler, number: int) -> web.StreamResponse:
        service, _, path = request.path.removeprefix("/").partition("/")
        rule = self.after(number, service, f"{request.method} {path}") if service in SERVICES else None
        if not rule:
            return await handler(request)
        rule.fired += 1
        found = rule.id

        async def rest(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, handler, found)

        return await EFFECTS[rule.kind](rule, request, rest)

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response({"faults": [rule.shown() for rule in self.rules]})

    async def _add(self, request: web.Request) -> web.Response:
        try:
            fault = self.add(read(await request.json()))
        except ValueError as wrong:  # of no JSON, too
            return _refused("invalid_fault", str(wrong))
        return web.json_response({"ok": True, "fault": fault.shown()})

    async def _clear(self, request: web.Request) -> web.Response:
        wanted = request.query.get("id")
        if wanted is not None and wanted not in {str(rule.id) for rule in self.rules}:
            return _refused("unknown_fault", f"There is no fault {wanted}.")
        self.clear(None if wanted is None else int(wanted))
        return web.json_response({"ok": True})


def _refused(error: str, message: str) -> web.Response:
    return web.json_response({"ok": False, "error": error, "message": message}, status=HTTPStatus.BAD_REQUEST)


async def _delay(rule: Fault, request: web.Request, rest: Handler) -> web.StreamResponse:
    await asyncio.sleep(rule.seconds)
    return await rest(request)


async def _made_up(rule: Fault, _: web.Request, __: Handler) -> web.StreamResponse:
    phrase = http.client.responses.get(rule.status, "Error")
    headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
    if rule.service == "pulumi":
        headers["X-Pulumi-Request-ID"] = f"00000000-0000-4000-8000-{rule.id:08d}{rule.fired:04d}"
    if rule.body == "json":
        return web.json_response(_error(rule, phrase), status=rule.status, headers=headers)
    text, kind = (HTML.format(phrase), "text/html") if rule.body == "html" else (f"{phrase}\n", "text/plain")
    return web.Response(text=text, content_type=kind, status=rule.status, headers=headers)


def _error(rule: Fault, phrase: str) -> Json:
    """The two services' own words for it."""
    if rule.service == "pulumi":
        return {"code": rule.status, "message": phrase}
    too_many = rule.status == HTTPStatus.TOO_MANY_REQUESTS
    return {"ok": False, "error": "ratelimited" if too_many else "internal_error"}


async def _cut(rule: Fault, request: web.Request, rest: Handler) -> web.StreamResponse:
    if rule.when == "after":
        await _whole_answer(request, rest)
    if request.transport:
        request.transport.abort()
    return web.Response()  # nobody gets it


async def _slow(rule: Fault, request: web.Request, rest: Handler) -> web.StreamResponse:
    answer = await _whole_answer(request, rest)
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes | bytearray):
        return answer
    kept = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    slow = web.StreamResponse(status=answer.status, reason=answer.reason, headers=kept)
    slow.content_length = len(answer.body)
    await slow.prepare(request)
    size = -(-len(answer.body) // PIECES) or 1
    try:
        for start in range(0, len(answer.body), size):
            await asyncio.sleep(rule.seconds / PIECES)
            await slow.write(answer.body[start : start + size])
    except ConnectionError:
        pass  # the client had enough
    return slow


async def _whole_answer(request: web.Request, rest: Handler) -> web.StreamResponse:
    """What the service answers; a refusal that it raises is one, too."""
    try:
        return await rest(request)
    except web.HTTPException as refusal:
        return refusal


EFFECTS: Final[Mapping[str, Callable[[Fault, web.Request, Handler], Awaitable[web.StreamResponse]]]] = {
    "latency": _delay,
    "status": _made_up,
    "drop": _cut,
    "slow-body": _slow,
}
