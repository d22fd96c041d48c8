"""Whether an approval still holds, asked right before the one call: people, policy and facts, all of them anew."""

from dataclasses import replace
from typing import Any

from bot.approvals import Facts, Lapsed, Request
from bot.errors import MissingRoute, NotFound, Refusal
from bot.operations import Order
from bot.policy import Denied, Policy, Subject
from bot.ports import PulumiApi
from bot.services.accounts import Accounts
from bot.services.electorate import Electorate


async def subject_of(order: Order[Any], api: PulumiApi) -> Subject:
    """What policy decides about: the operation, its class, what it is about, and a stack's tags as they are now."""
    mutation, stack = order.mutation, order.mutation.stack(order.args)
    tags = dict((await api.stack(stack)).tags) if stack else None
    risk, org = mutation.risk(order.args), mutation.org(order.args)
    return Subject(operation=mutation.name, risk=risk, org=org, stack=stack, tags=tags)


class Check:
    """Fails closed: whatever cannot be asked comes through as an error, and nothing is done."""

    def __init__(self, electorate: Electorate, accounts: Accounts, policy: Policy) -> None:
        self._electorate = electorate
        self._accounts = accounts
        self._policy = policy

    async def api(self, request: Request, order: Order[Any]) -> PulumiApi:
        """Pulumi without a memory, as whoever the call is made for. Raises Refusal when their link is gone."""
        return (await self._accounts.api(request.requester.user, own=order.mutation.own)).fresh

    async def holds(self, request: Request, order: Order[Any]) -> PulumiApi:
        """The API to call. Raises Lapsed when the approval is void; BotError when that could not be found out."""
        api = await self.api(request, order)
        facts = await self._facts(order, api)
        if facts != request.before:
            raise Lapsed("What was approved is no longer what is there.", facts)
        ruling = self._policy.decide(await subject_of(order, api))
        if isinstance(ruling, Denied):
            raise Lapsed(f"Policy no longer allows it: {ruling.why}")
        if len(request.approved_by) < max(1, ruling.approvals):
            raise Lapsed(f"Policy has changed: it needs {ruling.approvals} approvals now ({ruling.rule}).")
        await self._people(replace(request, ruling=ruling))
        return api

    async def _people(self, request: Request) -> None:
        """Whether whoever asked is still here, and enough of those who approved still count."""
        try:
            await self._electorate.actor(request.requester.user, live=True)
        except Refusal as gone:
            raise Lapsed(f"Whoever asked for it is no full member any more. {gone.text}") from None
        void = await self._electorate.lapsed(request)
        if void and len(request.approved_by) - len(void) < request.ruling.approvals:
            raise Lapsed(" ".join(void))

    async def _facts(self, order: Order[Any], api: PulumiApi) -> Facts:
        try:
            return await order.mutation.facts(api, order.args)
        except MissingRoute:
            raise
        except NotFound as error:
            raise Lapsed(f"What it was about is not there any more. {error.message}".strip()) from None
