"""Approvals, as conversations with the real process: asked, decided, carried out, read back."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.e2e.conversation import Conversation


@pytest_asyncio.fixture
async def slack(slack: Conversation) -> AsyncIterator[Conversation]:
    """A bot that remembers nothing of earlier tests."""
    await slack.forgets()
    yield slack


async def test_a_tag_is_set_once_somebody_else_approved(slack: Conversation) -> None:
    receipt = await slack.says("ann", '/pulumi tag set acme/web/dev owner platform --reason "we own it"')
    assert "Asked" in receipt.title
    card = await slack.finds("bo", "Needs approval: Set")
    modal = await slack.opens("bo", card, "Approve…")
    modal = await slack.modal("bo", "Approve")
    await slack.submits("bo", {"Comment": "fine"})
    done = await slack.finds("ann", "Done: Set")
    print(done.text)
    assert "Read back" in done.text
