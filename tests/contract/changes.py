"""Every change that there is, as a line that can be carried out in the seeded world."""

from datetime import UTC, datetime
from typing import Any

from bot.console import Console
from bot.operations import CATALOGUE, Look, Moment, Mutation, Order, parse
from bot.pulumi import PulumiClient
from tests.contract.served import BEGIN, Served

NOW = datetime.fromtimestamp(BEGIN, UTC)
ANN = Look(now=NOW, console=Console("https://app.pulumi.com"), login="ann")
MUTATIONS = [entry for entry in CATALOGUE if isinstance(entry, Mutation)]

DONE = {
    "tag added": "stack tag set acme/shop/prod cost high",
    "tag changed": "stack tag set acme/shop/prod env=live",
    "tag emptied": 'stack tag set acme/shop/prod env ""',
    "our tag": "stack tag set acme/shop/prod slack:owner dee",
    "tag removed": "stack tag rm acme/shop/prod env",
    "stack transferred": "stack transfer acme/shop/prod newco",
    "empty stack deleted": "stack rm acme/edge/prod-eu",
    "stack that never ran deleted": "stack rm acme/ann-sandbox/scratch",
    "stack deleted by force": "stack rm acme/shop/prod --force",
    "member added": "org member add kit --org acme",
    "admin added": "org member add kit --role admin --org acme",
    "member removed": "org member rm bo --org acme",
    "admin removed": "org member rm cy --org acme",
    "admin made": "org member edit bo ADMIN --org acme",
    "admin unmade": "org member edit cy --role member --org acme",
    "team made": 'team create ops --display-name "Operations & <co>" --description "On call" --org acme',
    "GitHub's team mirrored": "team create release-captains --github 4410021 --org acme",
    "team deleted": "team rm web --org acme",
    "mirror deleted": "team rm oncall --org acme",
    "team joined": "team add-member web bo --org acme",
    "team left": "team remove-member web hana --org acme",
    "token revoked by its description": "token rm cicd-server",
}
CREATED = "token create ci-runner --expires 90d"


def order(line: str) -> Order[Any]:
    """The order of a line that names everything in full; times are made dates as the resolver does."""
    draft = parse(CATALOGUE, line)
    assert isinstance(draft.entry, Mutation)
    target = {} if draft.target is None else {"stack": str(draft.target)}
    args = draft.entry.args.model_validate({**draft.values, **target})
    moments = {name: Moment(at=value.resolved(NOW)) for name, value in args if isinstance(value, Moment)}
    return Order(draft.entry, args.model_copy(update=moments))


def asker(order: Order[Any], pulumi: Served) -> PulumiClient:
    """Who makes the calls: the bot, or ann about her own account."""
    return pulumi.client(token=pulumi.cloud.token_of("ann") if order.mutation.own else None)
