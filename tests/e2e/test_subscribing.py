"""Subscribing as a conversation with the real process."""

from tests.e2e.conversation import Conversation


async def test_a_channel_is_told_what_it_is_told_of(slack: Conversation) -> None:
    """Everybody sees who changed what the channel is told; the list is for whoever asks."""
    how = await slack.says("ann", "/pulumi subscribe")
    assert how.only_me
    assert how.title == "Tell this channel about updates"
    made = await slack.says("ann", "/pulumi subscribe shop/prod failed deletes>0 —user:ci-bot")
    assert not made.only_me
    assert made.title == "✅ Subscribed: acme/shop/prod"
    assert "acme/shop/prod failed -user:ci-bot" not in made.text
    assert "acme/shop/prod failed deletes&gt;0 -user:ci-bot" in made.text
    assert "this would have posted" in made.text
    assert "Asked by ann with /pulumi subscribe acme/shop/prod failed" in made.text
    assert [seen for seen in await slack.sees("bo") if seen.raw["ts"] == made.raw["ts"]]
    changed = await slack.says("bo", "/pulumi subscribe shop/prod +recovered")
    assert changed.title == "✅ Subscription changed: acme/shop/prod"
    muted = await slack.says("bo", "/pulumi mute shop/prod until-fixed")
    assert "until it succeeds again" in muted.text
    listed = await slack.says("cy", "/pulumi subscriptions")
    assert listed.only_me
    assert "acme/shop/prod failed recovered deletes&gt;0 -user:ci-bot" in listed.text
    assert "Muted" in listed.text
    gone = await slack.clicks("cy", listed, "Unsubscribe acme/shop/prod")
    assert gone.title == "✅ Unsubscribed: acme/shop/prod"
    assert not gone.only_me
    await slack.says("cy", "/pulumi unmute")
    assert "told of nothing yet" in (await slack.says("cy", "/pulumi subscriptions")).title


async def test_a_mistake_is_mended_by_a_button(slack: Conversation) -> None:
    sorry = await slack.says("ann", "/pulumi subscribe shop/prod faild")
    assert 'I don\'t know "faild". Did you mean failed?' in sorry.text
    made = await slack.clicks("ann", sorry, "subscribe shop/prod failed")
    assert made.title == "✅ Subscribed: acme/shop/prod"
    await slack.says("ann", "/pulumi unsubscribe all")


async def test_where_the_bot_is_not_it_can_be_invited(slack: Conversation) -> None:
    sorry = await slack.says("ann", "/pulumi subscribe acme", "general")
    assert "/invite @pulumi" in sorry.text
    own = await slack.writes("bo", "subscribe acme/shop/* failed")
    assert "your direct messages with me" in own.text
    assert "Unsubscribed" in (await slack.writes("bo", "unsubscribe")).title
