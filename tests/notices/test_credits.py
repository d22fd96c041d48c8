"""Who is named with a failure: by a linked account, by an address where that is configured, by tags; else by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from bot.card import Group, User
from bot.model import Person, Result, StackRef, UpdateInfo
from bot.routing import routed
from bot.services.credits import Credits
from bot.slack.chat import SlackDirectory
from bot.slack.groups import SlackUserGroups
from sandbox.slack import seed
from tests.live import WITH_KEY
from tests.town import Town, town

ANNS = UpdateInfo(
    stack=StackRef("acme", "shop", "prod"),
    update_id="one",
    version=1,
    kind="update",
    preview=False,
    result=Result.FAILED,
    requested_by=Person("ann", "Ann Sato"),
    environment={"git.author.email": "bo@acme.example"},
)


@asynccontextmanager
async def crediting(folder: Path, *, by_email: bool = False) -> AsyncIterator[tuple[Credits, Town]]:
    async with town(folder, profile="current", encryption_keys=WITH_KEY["encryption_keys"]) as place:
        slack = place.services.world.slack
        accounts, groups = place.services.accounts, SlackUserGroups(slack)
        yield Credits(accounts, SlackDirectory(slack), groups, by_email=by_email), place


async def link(place: Town) -> None:
    accounts = place.services.accounts
    token = SecretStr(place.sandbox.pulumi.token)
    await accounts.link(seed.ANN, token, await place.services.world.pulumi.user())


async def test_nobody_is_called_by_an_address_unless_that_is_configured(tmp_path: Path) -> None:
    async with crediting(tmp_path) as (people, _):
        assert await people.author(ANNS) is None


async def test_the_author_of_the_commit_is_known_by_the_address(tmp_path: Path) -> None:
    async with crediting(tmp_path, by_email=True) as (people, place):
        assert await people.author(ANNS) == User(seed.BO)
        place.sandbox.slack.ledger.users[seed.BO].deleted = True
    async with crediting(tmp_path, by_email=True) as (people, _):
        stranger = {"git.author.email": "nobody@else.example"}
        assert await people.author(replace(ANNS, environment=stranger)) is None


async def test_whoever_ran_it_is_known_by_the_account_that_they_linked(tmp_path: Path) -> None:
    async with crediting(tmp_path, by_email=True) as (people, place):
        user = await place.services.world.pulumi.user()
        await link(place)
        ran = replace(ANNS, requested_by=Person(user.login))
        assert await people.author(ran) == User(seed.ANN)


async def test_tags_call_people_and_groups_and_name_the_rest(tmp_path: Path) -> None:
    async with crediting(tmp_path) as (people, _):
        tags = {"slack:owner": f"{seed.BO}, payments team", "slack:oncall": "@SRE @nobody", "team": "payments"}
        routing = routed(tags)
        assert await people.called(routing) == (Group(seed.SRE, "sre"), User(seed.BO))
        assert people.owners(tags, routing) == (tags["slack:owner"], "payments")


async def test_slack_that_does_not_say_costs_only_the_names(tmp_path: Path) -> None:
    async with crediting(tmp_path, by_email=True) as (people, place):
        place.sandbox.slack.ledger.users.clear()
        assert await people.author(ANNS) is None
