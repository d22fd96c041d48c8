"""Fifty people approve one request at the same moment, on two processes over one database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.approvals import State
from bot.store.opening import bring_up_to_date
from sandbox.app import Sandbox
from sandbox.child import environment
from sandbox.slack import seed
from sandbox.slack.model import User
from tests.crash.lives import serving
from tests.crash.outside import Bot, spawn
from tests.crash.sight import Sight, until, watching
from tests.e2e.conversation import CHANNELS, PEOPLE, Conversation
from tests.e2e.modal import Modal

CROWD = tuple(f"U0CROWD{number:03}" for number in range(50))
NAME = "clicked"


@dataclass(frozen=True)
class Clicked:
    """What came of it: calls at Pulumi, forms that closed, forms that said it was too late."""

    calls: int
    won: int
    late: int
    broken: list[str]


def gather_crowd(sandbox: Sandbox) -> None:
    """All of them are @sre, in the channel."""
    ledger = sandbox.slack.ledger
    for user in CROWD:
        ledger.users[user] = User(id=user, name=user.lower(), real_name=user, email=f"{user.lower()}@acme.example")
        ledger.channels[seed.PLATFORM].members.add(user)
        ledger.groups[seed.SRE].members.append(user)


@asynccontextmanager
async def two_bots(sandbox: Sandbox, address: str, url: str, home: Path) -> AsyncIterator[None]:
    """Both connected: what people do is spread over them."""
    settings = environment(sandbox, address, home) | {"DATABASE_URL": url}
    bots: list[Bot] = [await spawn(home, settings) for _ in range(2)]

    async def connected() -> bool:
        return sandbox.slack.connections == len(bots)

    try:
        await until(connected)
        yield
    finally:
        for bot in bots:
            await bot.kill()


async def open_forms(slack: Conversation, request_id: str) -> None:
    """Everybody has the form before them."""
    for some in range(0, len(CROWD), 10):
        await asyncio.gather(*(_open_form(slack, user, request_id) for user in CROWD[some : some + 10]))


async def _open_form(slack: Conversation, user: str, request_id: str) -> None:
    body = {"as": user, "channel": CHANNELS["platform"], "text": f"/pulumi approve {request_id}"}
    await slack.control("say", body)

    async def is_open() -> bool:
        return any("Approve" in modal.title for modal in await _modals(slack, user))

    await until(is_open)


async def _modals(slack: Conversation, user: str) -> list[Modal]:
    return [Modal(raw) for raw in (await slack.control(f"modals?as={user}"))["modals"]]


async def _submit(slack: Conversation, user: str) -> str:
    """What the form says then, "" when it closed."""
    answer = await slack.control("submit", {"as": user, "values": {}})
    assert answer["acked"], answer
    modals = await _modals(slack, user)
    return modals[-1].text if modals else ""


async def fifty_clicks(url: str, home: Path) -> Clicked:
    """Ask, open, click, wait, count."""
    await bring_up_to_date(url)
    async with (
        serving(patience=5) as (ground, witness),
        aiohttp.ClientSession() as http,
        watching(url, ground.sandbox, witness) as sight,
    ):
        gather_crowd(ground.sandbox)
        async with two_bots(ground.sandbox, ground.address, url, home):
            slack = Conversation(http, ground.address)
            line = f"/pulumi stack tag set acme/web/dev {NAME} yes"
            await slack.control("say", {"as": PEOPLE["ann"], "channel": CHANNELS["platform"], "text": line})

            async def is_asked() -> bool:
                return await sight.find(NAME) is not None

            await until(is_asked)
            await open_forms(slack, (await sight.one(NAME)).id)
            said = await asyncio.gather(*(_submit(slack, user) for user in CROWD))
            await until(lambda: sight.idle(NAME))
            return Clicked(len(sight.seen(NAME)), said.count(""), _late(said), [each async for each in _wrong(sight)])


def _late(said: list[str]) -> int:
    return sum("Too late" in words for words in said)


async def _wrong(sight: Sight) -> AsyncIterator[str]:
    request = await sight.one(NAME)
    for each in [*await sight.broken(NAME), *await sight.broken_at_large()]:
        yield each
    if request.state is not State.SUCCEEDED or len(request.votes) != 1:
        yield f"{request.state} with {len(request.votes)} votes"


def wrong(clicked: Clicked) -> Iterator[str]:
    """What was promised and not kept."""
    if (clicked.calls, clicked.won, clicked.late) != (1, 1, len(CROWD) - 1):
        yield f"{clicked.calls} calls, {clicked.won} winners, {clicked.late} who were told that it was too late"
    yield from clicked.broken
