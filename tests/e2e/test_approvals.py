"""Approvals with the real process, in both modes: asked, decided, carried out, read back, and killed in between.

Everything else about them is told in `tests/approvals`, where the bot lives in the test's own loop.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.approvals.acting import asks, becomes, decides, note, number
from tests.e2e.conversation import PEOPLE, Conversation


@pytest_asyncio.fixture
async def slack(slack: Conversation) -> AsyncIterator[Conversation]:
    """A bot that remembers nothing of earlier tests."""
    await slack.forgets()
    yield slack


async def test_a_tag_is_set_once_somebody_else_approved(slack: Conversation) -> None:
    posted = await asks(slack, '/pulumi tag set acme/web/dev owner platform --reason "we own it"')
    refused = await decides(slack, "bo", posted, values={"Comment": "fine"})
    assert refused is None
    done = await becomes(slack, number(posted), "Done")
    assert "Read back: " in done.text
    assert "“we own it”" in done.text
    assert f"@{PEOPLE['bo']} approved" in done.text
    assert f"@{PEOPLE['ann']}" in (await note(slack, "Done, and read back")).text


@pytest.mark.timeout(120)
async def test_story_02_the_first_click_after_a_restart_works_and_a_kill_between_two_votes_loses_nothing(
    slack: Conversation,
) -> None:
    posted = await asks(slack, '/pulumi stack rm acme/shop/staging --force --reason "moved"')
    named = {"Type staging to confirm": "staging", "Comment": "ok"}
    await slack.kills_the_bot()
    await decides(slack, "bo", posted, values=named)
    assert f"@{PEOPLE['bo']} approved" in (await note(slack, "Approved 1 of 2")).text
    await slack.kills_the_bot()
    await decides(slack, "cy", posted, values=named)
    done = await becomes(slack, number(posted), "Done")
    assert "Pulumi no longer has acme/shop/staging." in done.text
    assert [line.split()[1] for line in done.text.splitlines() if line.startswith("Vote: ")] == [
        f"@{PEOPLE['bo']}",
        f"@{PEOPLE['cy']}",
    ]
