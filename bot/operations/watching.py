"""The commands that follow an update live."""

from bot.operations.base import Chore
from bot.operations.values import Args, StackField


class WatchArgs(Args):
    """Whose update."""

    stack: StackField | None = None


_GROUP = "Following"

WATCH = Chore(
    name="watch",
    aliases=("follow",),
    summary="Follow the running update of a stack in this channel",
    group=_GROUP,
    example="acme/shop/prod",
    args=WatchArgs,
)
UNWATCH = Chore(
    name="unwatch",
    aliases=("unfollow",),
    summary="Stop following here",
    group=_GROUP,
    example="acme/shop/prod",
    args=WatchArgs,
)
