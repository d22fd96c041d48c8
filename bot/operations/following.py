"""The commands that say what a channel is told of, and what it wants no word of for a while."""

from bot.operations.base import Chore
from bot.operations.values import Args, RestField


class FilterArgs(Args):
    """A subscription in words: stacks, kinds, and what updates have to be like."""

    words: RestField = ()


class TargetArgs(Args):
    """Which stacks."""

    target: RestField = ()


_GROUP = "Following"

SUBSCRIBE = Chore(
    name="subscribe",
    aliases=("sub",),
    summary="Tell this channel (in direct messages: you) about updates; alone it explains how",
    group=_GROUP,
    example="acme/shop/* failed recovered -user:ci-bot",
    args=FilterArgs,
)
UNSUBSCRIBE = Chore(
    name="unsubscribe",
    aliases=("unsub",),
    summary="Stop telling this channel about those stacks",
    group=_GROUP,
    example="acme/shop/*",
    args=TargetArgs,
)
SUBSCRIPTIONS = Chore(
    name="subscriptions",
    aliases=("subs", "subscribe list", "subscription"),
    summary="What this channel is told of, and what is muted",
    group=_GROUP,
)
MUTE = Chore(
    name="mute",
    aliases=("silence", "snooze"),
    summary="Be quiet about stacks here: 1h, 2d, until-fixed",
    group=_GROUP,
    example="acme/shop/prod until-fixed",
    args=TargetArgs,
)
UNMUTE = Chore(
    name="unmute",
    summary="Be loud again, about those stacks or about all",
    group=_GROUP,
    example="acme/shop/prod",
    args=TargetArgs,
)
