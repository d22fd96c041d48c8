"""Deciding on requests. Each is checks first, then one transaction; the leader does the rest."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from bot import steps
from bot.approvals import Actor, Request, State, Step, Verdict, Vote, VoteRefused, standing
from bot.errors import Refusal
from bot.operations.catalogue import near_words
from bot.ports import Chat, Clock
from bot.records import Messages, Requests, StoreDown
from bot.services.cards import root
from bot.services.electorate import Electorate
from bot.services.resolve import Where
from bot.timing import Timing

_NEWEST = 100  # requests that a mistyped id may have meant


class WrongWord(VoteRefused):
    """The name that has to be typed was not."""

    def __init__(self, word: str) -> None:
        super().__init__(f'Type "{word}" to confirm.')


class NoComment(VoteRefused):
    """Policy wants a comment with the vote."""

    def __init__(self) -> None:
        super().__init__("Say why in the comment: policy wants it for this.")


class Decisions:
    """What people do to requests. Everything here raises Refusal for them alone, and StoreDown."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        *,
        requests: Requests,
        messages: Messages,
        electorate: Electorate,
        chat: Chat,
        clock: Clock,
        timing: Timing,
        changed: Callable[[], None],
        reach: Callable[[str], Awaitable[None]],
    ) -> None:
        self._requests = requests
        self._messages = messages
        self._electorate = electorate
        self._chat = chat
        self._clock = clock
        self._timing = timing
        self._changed = changed
        self._reach = reach

    async def find(self, request_id: str) -> Request:
        """A request by its id, however it was typed. Raises Refusal."""
        wanted = request_id.strip().upper()
        if not wanted.startswith("R-"):
            wanted = f"R-{wanted}"
        if found := await self._requests.get(wanted):
            return found
        newest = [each.id for each in await self._requests.find(limit=_NEWEST)]
        near = tuple(f"requests {each}" for each in near_words(wanted, newest))
        raise Refusal(f"There is no request {wanted[:16]}.", near or ("requests",), "Did you mean:" if near else "")

    async def may_decide(self, request_id: str, where: Where, verdict: Verdict) -> Request:
        """The request, for somebody who is about to decide it. Raises Refusal when they may not, or it is over."""
        request = await self.find(request_id)
        actor = await self._electorate.actor(where.user)
        taken_back = request.state is State.APPROVED and verdict is Verdict.REJECT
        if request.state is not State.PENDING and not taken_back:
            raise VoteRefused(f"Too late for {request.id}: {standing(request)}")
        await self._eligible(actor, request)
        return request

    async def _eligible(self, actor: Actor, request: Request) -> None:
        if request.ruling.approvals == 0 and actor.same(request.requester):
            return
        if actor.same(request.requester):
            raise VoteRefused("This is your own request; somebody else has to decide it.", hint="You can withdraw it.")
        await self._electorate.may(actor, request.ruling, request.org)

    async def vote(
        self, request_id: str, where: Where, verdict: Verdict, *, comment: str, typed: str
    ) -> tuple[Request, Step]:
        """Count a vote: eligibility now, then one transaction, within the time that Slack leaves for an ack."""
        try:
            async with asyncio.timeout(self._timing.decide):
                request = await self.may_decide(request_id, where, verdict)
                self._confirmed(request, verdict, comment, typed)
                by = await self._electorate.actor(where.user)
                ballot = Vote(by=by, verdict=verdict, comment=comment.strip(), at=self._clock())
                step = partial(steps.vote, ballot=ballot, within=self._timing.execute_within, source=where.source)
                return await self._changed_by(request.id, step, "decide")
        except TimeoutError:
            raise StoreDown("the vote took too long") from None

    def _confirmed(self, request: Request, verdict: Verdict, comment: str, typed: str) -> None:
        if verdict is Verdict.APPROVE and request.ruling.typed and typed.strip() != request.confirm:
            raise WrongWord(request.confirm)
        if request.ruling.reason and not comment.strip():
            raise NoComment

    async def withdraw(self, request_id: str, where: Where, *, reason: str = "") -> tuple[Request, Step]:
        """Take back one's own request."""
        request, actor = await self.find(request_id), await self._electorate.actor(where.user)
        return await self._changed_by(
            request.id,
            lambda found: steps.withdraw(found, actor, self._clock(), reason=reason, source=where.source),
            "withdraw",
        )

    async def check_again(self, request_id: str, where: Where) -> tuple[Request, Step]:
        """Another look at an outcome that is not known, for its approvers and whoever asked."""
        request, actor = await self.find(request_id), await self._electorate.actor(where.user)
        if not actor.same(request.requester):
            await self._electorate.may(actor, request.ruling, request.org)
        return await self._changed_by(
            request.id,
            lambda found: steps.check_again(found, self._clock(), actor=actor, source=where.source),
            "mark",
        )

    async def never(self, request_id: str, where: Where) -> tuple[Request, Step]:
        """An approver looked and says that it did not happen; not while looks are still due."""
        request, actor = await self.find(request_id), await self._electorate.actor(where.user)
        await self._eligible(actor, request)
        if request.next_check:
            raise VoteRefused("I am still looking; it may yet show.", hint="Check again looks at once.")
        text = "An approver looked and says that it did not happen."
        return await self._changed_by(
            request.id,
            lambda found: steps.fail(found, self._clock(), text, actor=actor, source=where.source),
            "mark",
        )

    async def disown(self, request_id: str, where: Where) -> tuple[Request, Step]:
        """A vote in somebody's name that was not theirs."""
        request, actor = await self.find(request_id), await self._electorate.actor(where.user)
        return await self._changed_by(
            request.id,
            lambda found: steps.disown(found, actor, self._clock(), source=where.source),
            "decide",
        )

    async def _changed_by(self, request_id: str, step: Callable[[Request], Step], point: str) -> tuple[Request, Step]:
        await self._reach(f"{point}:before")
        after, taken = await self._requests.change(request_id, step)
        await self._reach(f"{point}:after")
        self._changed()
        return after, taken

    async def touched(self, request_id: str) -> None:
        """Somebody pressed a button on a card: show its newest state once more, on every copy we know."""
        await self._reach("dirty:before")
        await self._messages.touch(request_id)
        await self._reach("dirty:after")
        self._changed()

    async def place(self, request: Request) -> tuple[str, str] | None:
        """The channel and the `ts` of the request's card, None while it is not known to be posted."""
        return await self._messages.place(root(request.id))

    async def link(self, place: tuple[str, str]) -> str:
        """The address of a message. Raises ChatError."""
        return await self._chat.link(*place)

    async def listed(
        self, states: tuple[State, ...], *, requester: str = "", page: int = 1, size: int = 10
    ) -> list[Request]:
        """A page of requests, newest first, and one more if there are more."""
        return await self._requests.find(states=states, requester=requester, limit=size + 1, offset=(page - 1) * size)
