"""The bot by name and in direct messages: the same commands, answered where they were said."""

from tests.e2e.conversation import Conversation


async def test_a_mention_is_answered_in_its_thread_for_all_to_see(slack: Conversation) -> None:
    answer = await slack.mentions("ann", "@Pulumi why shop/prod")
    assert answer.title == "❌ Update failed · acme/shop/prod · v96"
    assert not answer.only_me
    assert [seen for seen in await slack.sees("bo") if seen.raw["ts"] == answer.raw["ts"]]
    assert "Asked by" not in answer.text, "who asked stands right above"


async def test_a_mistake_in_a_mention_is_shown_to_its_author_alone(slack: Conversation) -> None:
    """Slack shows nothing private in a thread without replies, so it stands below the line itself."""
    sorry = await slack.mentions("ann", "@Pulumi stauts shop/prod", threaded=False)
    assert 'I don\'t know "stauts".' in sorry.text
    assert sorry.only_me


async def test_direct_messages_need_no_name(slack: Conversation) -> None:
    answer = await slack.writes("bo", "status shop/staging")
    assert answer.title.startswith("✅ Update succeeded · acme/shop/staging")
    help_ = await slack.writes("bo", "help status")
    assert help_.title == "status"


async def test_the_name_alone_brings_help(slack: Conversation) -> None:
    assert (await slack.mentions("cy", "@Pulumi")).title == "What I can do"
