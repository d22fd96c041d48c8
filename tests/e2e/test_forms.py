"""Asking for a change by a form: the same request as by a line, and nothing that was typed is lost."""

from tests.e2e.conversation import Conversation


async def test_a_change_without_its_words_is_asked_for_by_a_form(slack: Conversation) -> None:
    await slack.forgets()
    refused = await slack.says("ann", "/pulumi tag set acme/web/dev")
    assert "needs a" in refused.title
    form = await slack.opens("ann", refused, "Fill in a form…")
    assert form.title == "stack tag set"
    assert list(form.fields) == ["Stack", "Name", "Value", "Reason"]
    filled = {"Stack": "web/devv", "Name": "owner", "Value": "the platform team", "Reason": "it is ours"}
    await slack.submits("ann", filled)
    again = await slack.modal("ann", "stack tag set")
    assert "web/devv isn't a stack" in again.text
    assert again.values == filled
    await slack.submits("ann", filled | {"Stack": "acme/web/dev"})
    asked = await slack.modal("ann", "Asked")
    assert "Set tag owner" in asked.text
    card = await slack.finds("bo", "Needs approval")
    assert "the platform team" in card.text
    assert "it is ours" in card.text
