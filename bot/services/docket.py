"""The commands about requests, answered from the store: the list, one card, and the decisions that are typed."""

from collections.abc import Awaitable, Callable, Mapping

from bot.approvals import Request, State, standing
from bot.card import Card, Code, Items, Line, Run, Text, Tone, User, When
from bot.operations import Draft
from bot.operations.paging import SIZE, Page
from bot.operations.requests import REQUESTS, RequestsArgs
from bot.services.cards import request_card, title
from bot.services.decisions import Decisions
from bot.services.resolve import Where

Told = tuple[Card, str | None]

_OPEN = (State.PENDING, State.APPROVED, State.EXECUTING, State.UNKNOWN)
_ENDED = tuple(state for state in State if state not in _OPEN)


class Docket:
    """One method for each of its commands."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions

    @property
    def commands(self) -> Mapping[str, Callable[[Draft, Where], Awaitable[Told]]]:
        """Name → what answers it."""
        return {"requests": self._requests, "approve": self._show, "reject": self._show, "withdraw": self._withdraw}

    async def _requests(self, draft: Draft, where: Where) -> Told:
        args = RequestsArgs.model_validate(dict(draft.values))
        if args.id:
            return await self._one(args.id), None
        states = {"open": _OPEN, "ended": _ENDED, "all": ()}[args.state]
        requester = where.user if args.mine else ""
        found = await self._decisions.listed(states, requester=requester, page=args.page, size=SIZE)
        page = Page(tuple(found[:SIZE]), args.page, len(found) > SIZE)
        return _list(args, page), REQUESTS.line(args) if not args.mine else None

    async def _show(self, draft: Draft, _: Where) -> Told:
        """Typed where no form can be opened (a mention): the card, whose buttons can."""
        return await self._one(str(draft.values["id"])), None

    async def _one(self, request_id: str) -> Card:
        return request_card(await self._decisions.find(request_id))

    async def _withdraw(self, draft: Draft, where: Where) -> Told:
        request, _ = await self._decisions.withdraw(str(draft.values["id"]), where)
        return Card(
            f"Withdrawn: {request.title}", Tone.GOOD, (Text((Code(request.id), f": {standing(request)}")),)
        ), None


def _list(args: RequestsArgs, page: Page[Request]) -> Card:
    if not page.items:
        empty = {"open": "Nothing waits for approval", "ended": "No request has ended yet", "all": "No requests yet"}
        return Card(empty[args.state] + (" of yours" if args.mine else ""), Tone.PLAIN)
    heading = " · ".join(
        filter(None, ({"open": "Open requests", "ended": "Ended requests", "all": "Requests"}[args.state], page.label))
    )
    turn = page.buttons(lambda number: REQUESTS.line(args.model_copy(update={"page": number})))
    each = tuple(Run(found.id, f"requests {found.id}") for found in page.items)
    return Card(heading, Tone.PLAIN, (Items(tuple(map(_line, page.items))),), (*each, *turn))


def _line(request: Request) -> Line:
    who: Line = ("  by ", User(request.requester.user), "  ", When(request.created))
    votes = f"  {len(request.approved_by)}/{request.ruling.approvals}" if request.state is State.PENDING else ""
    return (Code(request.id), f"  {title(request)}{votes}", *who)
