"""Golden Block Kit for every card: what Slack gets, byte for byte, from the real desk against the seeded sandbox.

`make test ARGS=--snapshot-update` rewrites them; read the diff before you commit it.
"""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from bot.card import Run
from bot.operations import CATALOGUE, Mutation
from bot.slack.blocks import to_message
from sandbox.slack.blocks import problems
from tests.town import town

OFFERED = [entry for entry in CATALOGUE if not isinstance(entry, Mutation)]
EXAMPLES = {entry.name: f"{entry.name} {entry.example}".strip() for entry in OFFERED}
STORIES = {
    "failed resource": "why acme/shop/prod",
    "failed by policy": "why acme/payments/prod",
    "failed program": "why acme/identity/prod",
    "cancelled": "why acme/network/prod",
    "fine now": "why acme/shop/staging",
    "running": "status acme/data/warehouse",
    "never ran": "status acme/ann-sandbox/scratch",
    "destroyed": "status acme/edge/prod-eu",
    "refresh found drift": "status acme/platform/drift",
    "stack running": "stack get acme/data/warehouse",
    "policy findings only": "stack history events acme/payments/prod --policy",
    "no such line": "stack history events acme/shop/staging --errors",
    "last page": "stack ls acme --page 6",
    "nothing listed": "stack ls acme --project nowhere",
    "no previews": "previews acme/shop/prod",
    "past the end": "stack history acme/shop/prod --page 99",
    "help of one": "help status",
    "help of a change": "help stack rm",
    "which stack": "status prod",
    "which organization": "stack ls",
    "default set": "use acme/shop/prod",
    "default cleared": "use --clear",
    "unknown stack": "status shop/prdo",
    "unknown full name": "status acme/shop/prdo",
    "unknown organization": "stack ls amce",
    "unknown update": "status acme/shop/prod v999",
    "foreign link": "status https://evil.example/acme/shop/prod",
    "forbidden": "stack get acme/legacy/prod",
    "how to subscribe": "subscribe",
    "subscribed to a tag": "subscribe tag:env=prod failed previews -user:ci-bot deletes>0 updates:live",
    "unknown kind": "subscribe acme faild",
    "kind not offered": "subscribe acme drift",
    "unknown stack to subscribe to": "subscribe shop/prdo",
    "mute for a time": "mute acme/shop/* 2d",
}


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


@pytest.mark.parametrize("line", [*EXAMPLES.values(), *STORIES.values()], ids=[*EXAMPLES, *STORIES])
async def test_card(line: str, golden: SnapshotAssertion, tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        card = await place.asks(line)
        for button in card.buttons:
            if isinstance(button, Run):
                place.desk.parse(button.command)  # raises for a button that nobody could run
    message = to_message(card)
    assert problems(message.blocks) == []
    assert golden == {"text": message.text.splitlines(), "blocks": message.blocks}


def test_every_golden_belongs_to_a_case() -> None:
    """A golden whose case is gone would never be looked at again."""
    folder = Path(__file__).with_name("__snapshots__") / "test_cards"
    known = {f"test_card[{name}]" for name in [*EXAMPLES, *STORIES]}
    assert {file.stem for file in folder.glob("*.json")} == known
