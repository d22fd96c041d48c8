"""Asking who may do what, as a conversation with the real process and the policy that the sandbox gives it."""

from tests.e2e.conversation import Conversation


async def test_who_may_and_who_would_have_to_approve(slack: Conversation) -> None:
    """Production needs two of @sre; one of them who asks has only one other."""
    yes = await slack.says("ann", "/pulumi can stack rm shop/prod")
    assert yes.only_me
    assert yes.title == "✅ Yes: ann may ask: Delete stack acme/shop/prod"
    for said in (
        "Decided by: rule 1 (every change on acme/*/prod*)",
        "Needs: 2 approvals, none of them by ann",
        "Who could approve: bo, cy",
        "ann: may not approve it",
    ):
        assert said in yes.text
    no = await slack.says("ann", "/pulumi can @bo stack rm shop/prod")
    assert no.title.startswith("⚠️ No: bo may ask, but too few could approve: ")
    assert "It needs 2 of @sre, and only 1 is eligible besides bo." in no.text


async def test_a_press_on_a_choice_goes_on_asking_about_it(slack: Conversation) -> None:
    which = await slack.says("ann", "/pulumi can @gus stack tag set prod owner ann")
    assert "gus may ask me for nothing" in which.title
    which = await slack.says("ann", "/pulumi can @bo stack tag set staging owner ann")
    assert which.title == "Which staging?"
    chosen = await slack.clicks("ann", which, "stack tag set acme/shop/staging owner ann")
    assert chosen.title == "✅ Yes: bo may ask: Set tag owner=ann on acme/shop/staging"
    assert "the default for low-risk changes" in chosen.text
