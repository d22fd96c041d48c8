"""Pulumi down, slow, refusing or answering nonsense: every command says what happened, in words, in time."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.operations import CATALOGUE, Mutation, Operation
from bot.slack.blocks import to_message
from sandbox.slack.blocks import problems
from tests.town import town

# What is about one's own account needs a link first; `test_linking` has its bad days.
LINES = [
    f"{entry.name} {entry.example}" for entry in CATALOGUE if isinstance(entry, Operation | Mutation) and not entry.own
]
HTML = "<html><script>alert(1)</script><h1>502 Bad Gateway</h1></html>"


def over_pulumi(answer: web.Response | None) -> Middleware:
    """This answer to everything that Pulumi is asked; None cuts the connection."""

    @web.middleware
    async def weather(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/pulumi/"):
            return await handler(request)
        if answer is None:
            assert request.transport
            request.transport.abort()
            raise ConnectionResetError
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    return weather


@web.middleware
async def silence(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No answer, for as long as somebody waits for one."""
    peer = request.transport
    while request.path.startswith("/pulumi/") and peer and not peer.is_closing():  # noqa: ASYNC110  # no event tells it
        await asyncio.sleep(0.01)
    return await handler(request)


DAYS: dict[str, tuple[Middleware, str]] = {
    "broken": (
        over_pulumi(
            web.json_response({"code": 500, "message": "boom"}, status=500, headers={"X-Pulumi-Request-ID": "r-7"})
        ),
        "Pulumi had an error (500)",
    ),
    "a gateway's page": (
        over_pulumi(web.Response(status=502, text=HTML, content_type="text/html")),
        "Pulumi had an error (502)",
    ),
    "a page as a success": (
        over_pulumi(web.Response(text=HTML, content_type="text/html")),
        "Pulumi's answer made no sense",
    ),
    "too often": (over_pulumi(web.Response(status=429, text="slow down")), "Pulumi limits how often I may ask"),
    "refused": (over_pulumi(web.Response(status=401, text="Unauthorized")), "Pulumi refused my token"),
    "forbidden": (
        over_pulumi(web.json_response({"code": 403, "message": "no"}, status=403)),
        "Pulumi doesn't allow me that",
    ),
    "a bare server": (
        over_pulumi(web.Response(status=404, text="404 page not found")),
        "This Pulumi server can't do that",
    ),
    "elsewhere": (
        over_pulumi(web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})),
        "Pulumi's answer made no sense",
    ),
    "cut": (over_pulumi(None), "Pulumi didn't answer in time"),
    "silent": (silence, "Pulumi didn't answer in time"),
}


@pytest.mark.parametrize(("weather", "says"), DAYS.values(), ids=DAYS)
async def test_every_command_says_what_happened(weather: Middleware, says: str, tmp_path: Path) -> None:
    async with town(tmp_path, weather=weather) as place:
        cards = await asyncio.gather(*map(place.asks, LINES))
    for line, card in zip(LINES, cards, strict=True):
        message = to_message(card)
        assert card.title == says, line
        assert "html" not in message.text
        assert "script" not in message.text
        assert place.sandbox.pulumi.token not in message.text
        assert problems(message.blocks) == []


@pytest.mark.parametrize("missing", ["/updates", "/previews", "/events", "/update/"])
async def test_a_server_that_lacks_a_route_is_served_with_what_it_has(missing: str, tmp_path: Path) -> None:
    """api.md §9: what a server does not have is worded as that, and never takes another answer along."""

    @web.middleware
    async def weather(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/pulumi/") and missing in request.path:
            return web.Response(status=404, text="404 page not found")
        return await handler(request)

    async with town(tmp_path, weather=weather) as place:
        assert (await place.asks("stack get acme/shop/prod")).title == "acme/shop/prod"
        for line in ("status acme/shop/prod", "why acme/shop/prod", "previews acme/web/prod", "overview acme"):
            card = await place.asks(line)
            assert "my side" not in card.title, line
            assert "Pulumi had an error" not in card.title, line
