"""Where a request's card goes: the channel that policy names, else the one that it was made in, else nowhere."""

from bot.approvals import Origin, Ruling
from bot.errors import Refusal
from bot.ports import ChannelBook, SlackChannel

_ELSEWHERE = "Ask in a channel that I am in, or have whoever runs me set channel for it in the policy file."

_INVITE_HERE = "Invite me here: /invite @pulumi - and say it again."


class Channels:
    """Finds a channel where approvers can see a card; where there is none, the request is refused with the way out."""

    def __init__(self, book: ChannelBook) -> None:
        self._book = book

    async def card_channel(self, ruling: Ruling, origin: Origin) -> str:
        """The id of the channel. Raises Refusal; ChatError when Slack does not say."""
        if ruling.channel:
            return await self._of_policy(ruling)
        channel = await self._book.channel(origin.channel)
        if channel and (why := _unfit(channel)):
            raise Refusal(why, hint=_ELSEWHERE)
        if channel is None or not channel.joined:
            raise Refusal("I can't post in this channel, so nobody could approve it here.", hint=_invite("here"))
        return channel.id

    async def told(self, channel_id: str) -> SlackChannel | None:
        """The channel that news can go to; None for direct messages. Raises Refusal where the bot can't post."""
        channel = await self._book.channel(channel_id)
        if channel and channel.direct:
            return None
        if channel and channel.foreign:
            raise Refusal("People of another company read along in this channel.", hint="Choose one of your own.")
        if channel is None or not channel.joined or channel.archived:
            hint = "Unarchive it first." if channel and channel.archived else _INVITE_HERE
            raise Refusal("I can't post in this channel, so I could tell it nothing.", hint=hint)
        return channel

    async def _of_policy(self, ruling: Ruling) -> str:
        name = ruling.channel
        found = await (self._book.named(name[1:]) if name.startswith("#") else self._book.channel(name))
        if found is None or not found.joined or found.archived or found.direct:
            text = f"Policy sends this to {name} ({ruling.rule}), where I can't post."
            raise Refusal(text, hint=_invite("there", f", or mend channel in the policy file if there is no {name}."))
        return found.id


def _unfit(channel: SlackChannel) -> str:
    """Why a channel is no place for a card, although the bot may be in it."""
    if channel.direct:
        return "Approvers can't see our direct messages."
    if channel.archived:
        return "This channel is archived."
    return "People of another company read along in this channel." if channel.foreign else ""


def _invite(where: str, rest: str = ", or have whoever runs me set channel for it in the policy file.") -> str:
    return f"Invite me {where}: /invite @pulumi{rest}"
