"""Every change over the sandbox's Pulumi Cloud, in both profiles: before, the call, after, and what is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.console import Console
from bot.errors import NotFound, Refusal
from bot.operations import CATALOGUE, Look, Mutation, Order, Seen, parse
from bot.pulumi import PulumiClient
from tests.contract.served import BEGIN

NOW = datetime.fromtimestamp(BEGIN, UTC)
LOOK = Look(now=NOW, console=Console("https://app.pulumi.com"), login="ann")
MUTATIONS = [entry for entry in CATALOGUE if isinstance(entry, Mutation)]


def order(line: str, **also: object) -> Order[Any]:
    """The order of a line whose target is a full name; what the resolver would fill in comes by name."""
    draft = parse(CATALOGUE, line)
    assert isinstance(draft.entry, Mutation)
    target = {} if draft.target is None else {"stack": str(draft.target)}
    return Order(draft.entry, draft.entry.args.model_validate({**draft.values, **target, **also}))


DONE = {
    "tag set anew": "stack tag set acme/shop/prod cost high",
    "tag set again": "stack tag set acme/shop/prod env=live",
    "tag rm": "stack tag rm acme/shop/prod env",
    "transfer": "stack transfer acme/shop/prod newco",
    "rm empty": "stack rm acme/edge/prod-eu",
    "rm by force": "stack rm acme/shop/prod --force",
}


@pytest.mark.parametrize("line", DONE.values(), ids=DONE)
async def test_a_change_is_studied_made_and_seen(line: str, api: PulumiClient) -> None:
    asked = order(line)
    study = await asked.mutation.study(api, asked.args, LOOK)
    before = await asked.mutation.facts(api, asked.args)
    assert study.facts == before
    assert (await asked.mutation.verify(api, asked.args, before, "")).seen is Seen.NO
    receipt = await asked.mutation.execute(api, asked.args)
    proof = await asked.mutation.verify(api, asked.args, before, receipt.reference)
    assert proof.seen is Seen.YES
    assert await asked.mutation.facts(api, asked.args) != before
    with pytest.raises((Refusal, NotFound)):
        await asked.mutation.study(api, asked.args, LOOK)
