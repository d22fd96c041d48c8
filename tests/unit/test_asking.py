"""Asking for a change, in the loop over the sandbox: what a correction keeps, and whose subjects are whose."""

from pathlib import Path

from bot.card import Run
from bot.services.resolve import Where
from sandbox.slack import seed
from tests.town import town


async def test_a_correction_keeps_the_reason_and_the_dry_run(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        card = await place.asks('tag rm acme/web/dev ownr --dry-run --reason "it is ours"')
        lines = [button.command for button in card.buttons if isinstance(button, Run)]
        assert lines
        for line in lines:
            draft = place.desk.parse(line)
            assert draft.entry.name != "stack tag rm" or (draft.dry_run, draft.reason) == (True, "it is ours")


async def test_one_open_request_about_one_thing_names_the_other(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        assert "Asked" in (await place.asks("tag set acme/web/dev owner me")).title
        place.where = Where(user=seed.BO, team=seed.TEAM, channel=seed.PLATFORM)
        assert "is about it already" in (await place.asks("tag set acme/web/dev owner you")).title
