"""The commands that the bot answers from its own memory."""

from pydantic import Field

from bot.operations.base import Chore
from bot.operations.values import Args, RestField, StackField


class HelpArgs(Args):
    """What to explain."""

    command: RestField = ()


class UseArgs(Args):
    """What commands without a target mean."""

    stack: StackField | None = None
    me: bool = Field(default=False, description="For you, in every channel without a default of its own")
    clear: bool = Field(default=False, description="Forget the default")


HELP = Chore(
    name="help",
    aliases=("commands", "?"),
    summary="What I can do, or one command in full",
    group="You",
    example="why",
    args=HelpArgs,
)
WHOAMI = Chore(name="whoami", aliases=("me",), summary="Who you are here, and as whom I read Pulumi", group="You")
LINK = Chore(
    name="link",
    summary="Link your own Pulumi account, for your tokens and for what I do as you",
    group="You",
)
UNLINK = Chore(name="unlink", summary="Forget your Pulumi account and its token", group="You")
USE = Chore(
    name="use",
    aliases=("stack select",),
    summary="Set the stack that this channel, or you, mean by default",
    group="You",
    example="acme/shop/prod",
    args=UseArgs,
)
