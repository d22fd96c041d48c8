"""Which stack is meant: explicit, then the channel's default, then your own, else a question."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.card import Card, Run
from tests.town import town


def options(card: Card) -> list[str]:
    return [button.command for button in card.buttons if isinstance(button, Run)]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("acme/shop/prod", "acme/shop/prod"),
        ("shop/prod", "acme/shop/prod"),
        ("newco/staging", "newco/app/staging"),
        ("warehouse", "acme/data/warehouse"),
        ("https://app.pulumi.com/newco/app/staging", "newco/app/staging"),
    ],
)
async def test_every_form_of_a_target_is_found(said: str, found: str, tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        assert (await place.asks(f"stack get {said}")).title == found


async def test_two_parts_that_fit_twice_are_asked_about(tmp_path: Path) -> None:
    """`org/stack` as for the CLI, `project/stack` as people say it: never a guess."""
    async with town(tmp_path) as place:
        card = await place.asks("stack get newco/prod")
        assert card.title == "Which newco/prod?"
        assert options(card) == ["stack get newco/infra/prod", "stack get newco/app/prod"]


async def test_one_part_is_looked_up_in_the_defaults_project_first(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        await place.asks("use acme/web/prod")
        assert (await place.asks("stack get staging")).title == "acme/web/staging"
        assert (await place.asks("stack get")).title == "acme/web/prod"
        assert (await place.asks("stack get .")).title == "acme/web/prod"


async def test_the_channels_default_goes_before_ones_own(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        await place.asks("use acme/web/prod --me")
        assert (await place.asks("stack get")).title == "acme/web/prod"
        await place.asks("use acme/shop/prod")
        assert (await place.asks("stack get")).title == "acme/shop/prod"
        elsewhere = replace(place, where=replace(place.where, channel="C0GENERAL1"))
        assert (await elsewhere.asks("stack get")).title == "acme/web/prod"


async def test_without_any_hint_it_asks_and_offers_the_most_recent(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        card = await place.asks("why")
        assert card.title == "Which stack?"
        assert "why acme/shop/prod" in options(card)


async def test_an_organization_that_is_not_allowed_is_not_shown(tmp_path: Path) -> None:
    """PULUMI_ORGS limits what the bot may show, also for full names and links."""
    async with town(tmp_path, pulumi_orgs="newco") as place:
        for line in ("stack get acme/shop/prod", "stack ls acme", "status https://app.pulumi.com/acme/shop/prod"):
            assert (await place.asks(line)).title == "I don't know an organization acme."
        assert (await place.asks("stack get shop/prod")).title.startswith("shop/prod isn't a stack in newco")
        assert (await place.asks("stack ls")).title == "4 stacks in newco"


async def test_a_default_that_does_not_exist_is_not_set(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        card = await place.asks("use acme/shop/prdo")
        assert card.title == "acme/shop/prdo doesn't exist, or my token cannot see it."
        assert (await place.asks("why")).title == "Which stack?"


async def test_the_seed_profile_is_served_as_well(tmp_path: Path) -> None:
    async with town(tmp_path, profile="seed") as place:
        assert (await place.asks("why shop/prod")).title == "Update failed · acme/shop/prod · v96"
        assert (await place.asks("previews web/prod")).title == "5 previews of acme/web/prod"
        assert (await place.asks("stack ls acme")).title == "57 stacks in acme · page 1 of 6"
