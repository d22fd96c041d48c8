"""One approved request, carried out: checked again, claimed, said to be sent, called once, answered, read back."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog

from bot import steps
from bot.approvals import Lapsed, Request, State, Step
from bot.errors import (
    BotError,
    ChatError,
    ClientError,
    NoAnswer,
    NothingHappened,
    NotSent,
    PulumiError,
    RateLimited,
    Refusal,
    ServerError,
)
from bot.operations import Order, Proof, Receipt, Seen
from bot.ports import Clock, PulumiApi
from bot.records import Fence, Requests, StoreDown
from bot.services.check import Check
from bot.timing import Timing

log = structlog.get_logger()

Reach = Callable[[str], Awaitable[None]]
Restore = Callable[[str, str], Order[Any]]
Change = Callable[[Request, datetime], Step]

_LOOKS = 3  # read-backs right after an answer, before it counts as not seen


class Execution:
    """`check` says whether an approval still holds, `restore` makes a stored call a call again.

    `reach` is told each named point before and after it; tests stop the process there. `changed` is called after each
    change, so that whoever shows or continues it need not wait for the next scan.
    """

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        requests: Requests,
        check: Check,
        restore: Restore,
        *,
        clock: Clock,
        timing: Timing,
        reach: Reach,
        changed: Callable[[], None],
    ) -> None:
        self._requests = requests
        self._check = check
        self._restore = restore
        self._clock = clock
        self._timing = timing
        self._reach = reach
        self._changed = changed

    async def change(self, request: Request, step: Change, point: str, fence: Fence | None = None) -> Request:
        """One transaction at a named point. Raises Deposed, StoreDown."""
        await self._reach(f"{point}:before")
        after, _ = await self._requests.change(request.id, lambda found: step(found, self._clock()), fence=fence)
        await self._reach(f"{point}:after")
        self._changed()
        return after

    async def carry_out(self, request: Request, fence: Fence | None, guard: Callable[[], bool]) -> Receipt | None:
        """An approved request to its end; the receipt, if Pulumi took the call. `guard`: whether calls may be made.

        Raises BotError when it could not be found out whether the approval still holds: nothing was done then.
        """
        order = self._restore(request.operation, request.args)
        if (api := await self._checked(request, order, fence)) is None:
            return None
        claimed = await self.change(request, steps.claim, "claim", fence)
        token = secrets.token_hex(8)
        if claimed.state is not State.EXECUTING or claimed.sent_at or not guard():
            return None
        unsent = partial(steps.release, text="", token=token)
        try:
            sent = await self.change(request, partial(steps.intend, token=token), "intent", fence)
        except StoreDown:  # it may be stored all the same; that nothing was sent is known here alone
            await self._fact(request, unsent, "released")
            raise
        if sent.sent_by != token:
            return None
        if not guard():
            await self._fact(sent, unsent, "released")
            return None
        return await self._call(sent, order, api)

    async def _checked(self, request: Request, order: Order[Any], fence: Fence | None) -> PulumiApi | None:
        """The API to call while the approval holds; where nobody can say, the card tells why."""
        await self._reach("fingerprint:before")
        try:
            api = await self._check.holds(request, order)
        except Lapsed as lapsed:
            stale = partial(steps.stale, text=lapsed.text, after=lapsed.facts)
            await self.change(request, stale, "stale", fence)
            return None
        except (PulumiError, ChatError) as error:
            await self.change(request, partial(steps.hinder, text=brief(error)), "hinder", fence)
            raise
        await self._reach("fingerprint:after")
        return api

    async def _call(self, request: Request, order: Order[Any], api: PulumiApi) -> Receipt | None:
        """The one call. Its answer is a fact: it is stored whoever leads."""
        try:
            await self._reach("mutate:before")
            receipt = await order.mutation.execute(api.within(self._timing.call), order.args)
            await self._reach("mutate:after")
        except NothingHappened as error:
            await self._fact(request, self._refused(error, request.sent_by), "outcome")
            return None
        except PulumiError as error:
            words = f"The call was sent, and whether it happened is not known: {brief(error)}"
            lose = partial(steps.lose, text=words, checks=self._timing.checks)
            await self._fact(request, lose, "outcome")
            return None
        took = partial(steps.answered, text="Pulumi took it.", token=request.sent_by, reference=receipt.reference)
        await self._fact(request, took, "outcome")
        await self._prove(request, order, api, receipt.reference)
        return receipt

    def _refused(self, error: NothingHappened, token: str) -> Change:
        if isinstance(error, ClientError):
            return partial(steps.fail, text=brief(error))
        wait = error.retry_after if isinstance(error, RateLimited) and error.retry_after else self._timing.retry
        return partial(steps.release, text=brief(error), token=token, after=wait)

    async def _fact(self, request: Request, step: Change, point: str) -> None:
        """Store what is known about the outside world, again and again until the database is back."""
        while True:
            try:
                await self.change(request, step, point)
            except StoreDown:
                log.warning("a fact waits for the database", request=request.id, point=point)
                await asyncio.sleep(self._timing.scan)
            else:
                return

    async def _prove(self, request: Request, order: Order[Any], api: PulumiApi, reference: str) -> None:
        """Read back right after the answer; what is not seen by then is looked for later."""
        proof = await self._read_back(request, order, api, reference)
        for _ in range(_LOOKS - 1):
            if proof.seen is not Seen.NO:
                break
            await asyncio.sleep(self._timing.scan)
            proof = await self._read_back(request, order, api, reference)
        if proof.seen is Seen.NO:
            words = f"Pulumi took the call, but its effect can't be seen yet: {proof.text}"
            await self._fact(request, partial(steps.lose, text=words, checks=self._timing.checks), "proof")
            return
        words = proof.text if proof.seen is Seen.YES else f"Pulumi took the call. {proof.text}"
        await self._fact(request, partial(steps.succeed, proof=words, reference=reference), "proof")

    async def _read_back(self, request: Request, order: Order[Any], api: PulumiApi, reference: str) -> Proof:
        await self._reach("verify:before")
        try:
            return await order.mutation.verify(api, order.args, request.before, reference)
        except BotError as error:
            return Proof(Seen.NO, f"Pulumi could not be asked: {brief(error)}")
        finally:
            await self._reach("verify:after")

    async def recover(self, request: Request, fence: Fence | None) -> None:
        """Found executing, and not in anybody's hands: never sent, or sent and never answered."""
        if request.sent_at is None:
            await self.change(request, partial(steps.release, text=""), "recheck", fence)
            return
        words = "The call was sent, and the bot stopped before the answer was stored."
        if request.waits:
            words = "The bot stopped while it was made; its value was never shown to anybody."
        await self.change(request, partial(steps.lose, text=words, checks=self._timing.checks), "recheck", fence)

    async def look(self, request: Request, fence: Fence | None) -> None:
        """One of the looks after an answer that never came."""
        order = self._restore(request.operation, request.args)
        try:
            api = await self._check.api(request, order)
        except BotError as error:
            proof = Proof(Seen.NO, f"Pulumi could not be asked: {brief(error)}")
        else:
            proof = await self._read_back(request, order, api, request.reference)
        if proof.seen is Seen.YES:
            await self.change(request, partial(steps.succeed, proof=proof.text), "proof", fence)
        else:
            missed = partial(steps.look, text=proof.text, checks=self._timing.checks, seen=request.checks)
            await self.change(request, missed, "recheck", fence)


def brief(error: BotError) -> str:
    """What an error says, in a sentence, without a trace and without an address."""
    text = _said(error).strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _said(error: BotError) -> str:
    if isinstance(error, Refusal):
        return error.text
    if isinstance(error, RateLimited):
        return "Pulumi limits how often I may ask"
    if isinstance(error, ClientError):
        return f"Pulumi refused it: {error.message or type(error).__name__}"
    if isinstance(error, PulumiError):
        words = next((words for kind, words in _WORDS.items() if isinstance(error, kind)), "Pulumi made no sense")
        return f"{words}: {error.message}" if error.message else words
    return f"Slack could not be asked ({error})" if isinstance(error, ChatError) else str(error)


_WORDS: Final[dict[type[PulumiError], str]] = {
    NotSent: "Pulumi can't be reached",
    NoAnswer: "Pulumi did not answer in time",
    ServerError: "Pulumi had an error",
}
