"""What a change is about: found like the target of a read, and asked about when it is not clear."""

from pathlib import Path
from typing import Any

import pytest

from bot.card import Run
from bot.errors import Refusal
from bot.operations import Order
from bot.services.resolve import Question
from tests.town import NOON, Town, town


async def resolved(place: Town, line: str) -> Any:
    return await place.desk._resolver.call(place.desk.parse(line), place.where)


async def test_an_order_has_its_full_target(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        for line, means in {
            "stack rm shop/prod --force": "stack rm acme/shop/prod --force",
            "untag https://app.pulumi.com/acme/shop/prod env": "stack tag rm acme/shop/prod env",
            "tag warehouse env=live": "stack tag set acme/data/warehouse env live",
            "transfer shop/prod newco": "stack transfer acme/shop/prod newco",
            "role bo admin --org acme": "org member edit bo admin --org acme",
        }.items():
            order = await resolved(place, line)
            assert isinstance(order, Order)
            assert order.line == means
        await place.asks("use acme/shop/prod")
        assert (await resolved(place, "tag env=live")).line == "stack tag set acme/shop/prod env live"
        assert (await resolved(place, "team rm web")).line == "team rm web --org acme"


async def test_an_end_is_counted_from_now(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        order = await resolved(place, "token create ci --expires 30d")
        assert (order.args.expires.fixed - NOON).days == 30
        assert order.line == "token create ci --expires 2026-12-24T12:00:00Z"
        assert (await resolved(place, order.line)) == order
        assert order.mutation.title(order.args) == "Create access token ci until 2026-12-24"


async def test_a_question_keeps_the_reason_and_stays_a_dry_run(tmp_path: Path) -> None:
    """Choosing an answer never turns a look into a request."""
    async with town(tmp_path) as place:
        which = await resolved(place, 'stack rm newco/prod --force --reason "not used" --dry-run')
        assert isinstance(which, Question)
        assert which.options[0] == 'stack rm newco/infra/prod --force --reason "not used" --dry-run'
        org = await resolved(place, "team rm web --dry-run --reason old")
        assert isinstance(org, Question)
        assert org.options == (
            "team rm web --org acme --reason old --dry-run",
            "team rm web --org newco --reason old --dry-run",
        )
        stack = await resolved(place, "stack tag rm env --dry-run")
        assert isinstance(stack, Question)
        assert all(
            option.startswith("stack tag rm acme/") and option.endswith(" env --dry-run") for option in stack.options
        )


async def test_an_organization_that_is_not_served_gets_nothing(tmp_path: Path) -> None:
    """PULUMI_ORGS holds for the one a stack is given to, too."""
    async with town(tmp_path, pulumi_orgs="acme") as place:
        for line in ("stack transfer acme/shop/prod newco", "org member rm bo --org newco", "stack rm newco/app/prod"):
            with pytest.raises(Refusal, match="I don't know an organization newco"):
                await resolved(place, line)
    async with town(tmp_path) as place:
        with pytest.raises(Refusal) as caught:
            await resolved(place, "transfer acme/shop/prod necwo")
        assert caught.value.hint == "Did you mean newco?"


async def test_an_unknown_target_of_a_change_is_refused_with_the_close_ones(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        with pytest.raises(Refusal) as caught:
            await resolved(place, "stack rm shop/prdo --force --dry-run")
        assert "stack rm acme/shop/prod --force --dry-run" in caught.value.commands


async def test_help_of_a_change_has_no_button_that_makes_it(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        card = await place.asks("help stack rm")
        assert not any(isinstance(button, Run) for button in card.buttons)
        assert "--dry-run" in str(card.parts)
        assert "--reason" in str(card.parts)
