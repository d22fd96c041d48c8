"""Looks for previews, which no list of stacks tells of: only where a subscription asks for them, and not often.

At most twenty stacks a minute are asked for theirs, in turn. A webhook's hint needs no turn.
"""

import asyncio
from collections.abc import AsyncIterator, Container, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog

from bot.discovery import previewed
from bot.errors import BotError, RateLimited
from bot.model import StackRef, UpdateInfo
from bot.ports import Clock, PulumiApi
from bot.records import Fence, Subscribed
from bot.services.hands import Hands
from bot.services.looks import Looks, Tells
from bot.timing import Timing

log = structlog.get_logger()

_AT_ONCE: Final = 2
_A_ROUND: Final = 20  # stacks
_OLDEST: Final = timedelta(hours=24)  # after which a preview is no news, whatever was missed
_PAGE: Final = 10


class Wishes(Protocol):
    """What channels want to be told of."""

    async def all(self) -> list[Subscribed]:
        """All there are."""


class Previews:
    """`hint` may be called at any time."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self, pulumi: PulumiApi, looks: Looks, wishes: Wishes, herald: Tells, *, clock: Clock, timing: Timing
    ) -> None:
        self._pulumi = pulumi
        self._looks = looks
        self._wishes = wishes
        self._herald = herald
        self._clock = clock
        self._timing = timing
        self._hinted: set[StackRef] = set()
        self._wake = asyncio.Event()

    def hint(self, stack: StackRef) -> None:
        """Somebody previewed that stack."""
        self._hinted.add(stack)
        self._wake.set()

    async def run(self, fence: Fence) -> None:
        """Look until cancelled."""
        hands, told, turns = Hands(_AT_ONCE), dict[StackRef, set[str]](), dict[StackRef, float]()
        try:
            while True:
                self._wake.clear()
                hinted, self._hinted = self._hinted, set()
                for stack, since in (await self._due(hinted, turns)).items():
                    turns[stack] = asyncio.get_running_loop().time()
                    seen = told.setdefault(stack, set())
                    hands.take(stack, partial(self._held, stack, since, seen, fence))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), self._timing.feed_previews)
        finally:
            await hands.stop()

    async def _due(self, hinted: Container[StackRef], turns: dict[StackRef, float]) -> dict[StackRef, datetime]:
        """The stacks to ask for now, and since when their previews are wanted there. Those hinted at come first."""
        asked = [each for each in await self._wishes.all() if each.subscription.previews]
        if not asked:
            return {}
        wanted = {stack: since for stack in self._looks.known if (since := self._since(stack, asked))}
        in_turn = sorted(wanted, key=lambda stack: (stack not in hinted, turns.get(stack, 0.0)))
        now, most = asyncio.get_running_loop().time(), max(_A_ROUND, sum(stack in hinted for stack in wanted))
        rested = [
            stack
            for stack in in_turn
            if stack in hinted or now - turns.get(stack, -self._timing.feed_previews) >= self._timing.feed_previews
        ]
        return {stack: wanted[stack] for stack in rested[:most]}

    def _since(self, stack: StackRef, asked: Sequence[Subscribed]) -> datetime | None:
        """From when on previews of the stack are news; None: nobody wants them."""
        begun = min((each.at for each in asked if each.subscription.could_want(stack)), default=None)
        return begun and max(begun, self._looks.first.at, self._clock() - _OLDEST)

    async def _held(self, stack: StackRef, since: datetime, told: set[str], fence: Fence) -> None:
        try:
            await self._look(stack, since, told, fence)
        except RateLimited as error:
            log.warning("asked pulumi too often", stack=str(stack))
            await asyncio.sleep(error.retry_after.total_seconds() if error.retry_after else self._timing.feed_limited)
        except BotError as error:
            log.warning("previews are looked for later", stack=str(stack), cause=str(error))
        except Exception:
            log.exception("previews could not be looked for", stack=str(stack))

    async def _look(self, stack: StackRef, since: datetime, told: set[str], fence: Fence) -> None:
        """Tell of those that ended since the last time. Herald knows what was told before this term."""
        found = [preview async for preview in self._newest(stack, since)]
        for happening in previewed(found, told, since):
            await self._herald.tell(None, (happening,), fence)
            told.add(happening.update.update_id or "" if happening.update else "")
        told &= {each.update_id or "" for each in found}

    async def _newest(self, stack: StackRef, since: datetime) -> AsyncIterator[UpdateInfo]:
        async for preview in self._pulumi.previews(stack, page_size=_PAGE):
            if preview.started and preview.started < since - _OLDEST:
                return
            yield preview
