"""`chat.*`: post, update, delete, whisper.

https://docs.slack.dev/reference/methods/chat.postMessage
"""

from collections.abc import Mapping

from sandbox.slack import content, seed, shapes
from sandbox.slack.content import Content
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Channel, Json, Message, SlackError
from sandbox.slack.switches import Switches
from sandbox.slack.web_api import Call, Method

LONGEST_UPDATE = 4_000
LONGEST_BLOCKS = 13_200
CUSTOM = ("username", "icon_url", "icon_emoji")


class Chat:
    """The methods, over a ledger; the bot user is their author."""

    def __init__(self, ledger: Ledger, switches: Switches) -> None:
        self._ledger, self._switches = ledger, switches

    def methods(self) -> Mapping[str, Method]:
        """Every method of this kind by its name."""
        named = {
            "chat.postMessage": self.post,
            "chat.postEphemeral": self.whisper,
            "chat.update": self.update,
            "chat.delete": self.delete,
        }
        return {name: Method(run, "chat:write", json=True) for name, run in named.items()}

    def post(self, call: Call) -> Json:
        """Everybody in the channel sees it."""
        channel = self._addressed(call)
        if before := self._posted(call, channel):
            return {"channel": channel.id, "ts": before.ts, "message": shapes.message(before, self._ledger)}
        message = self._new(call, channel)
        message.client_msg_id = call.args.get("client_msg_id") or None
        message.broadcast = bool(message.thread_ts) and call.flag("reply_broadcast")
        self._ledger.add(message)
        return {"channel": channel.id, "ts": message.ts, "message": shapes.message(message, self._ledger)}

    def whisper(self, call: Call) -> Json:
        """One person sees it, and in a thread only when that has replies already."""
        user, channel = call.text("user"), self._addressed(call)
        if user not in channel.members or self._ledger.users[user].deleted:
            raise SlackError("user_not_in_channel")
        if len(str(call.args.get("text", ""))) > content.LONGEST_TEXT:
            raise SlackError("msg_too_long")
        message = self._new(call, channel)
        message.ephemeral_to, message.metadata = user, None
        parent = self._ledger.find(channel.id, message.thread_ts) if message.thread_ts else None
        if not parent or self._ledger.replies(parent):
            self._ledger.add(message)
        return {"message_ts": message.ts}

    def update(self, call: Call) -> Json:
        """Text alone removes the blocks and shows "(edited)"; what is not given besides is kept."""
        message = self._own(call, "cant_update_message")
        if self._ledger.channels[message.channel].archived:
            raise SlackError("is_inactive")
        if self._switches.edits_closed:
            raise SlackError("edit_window_closed")
        if len(str(call.args.get("text", ""))) > LONGEST_UPDATE:
            raise SlackError("msg_too_long")
        given = _content(call)
        if given.blocks is not None and _rich_only(message.blocks) and not _any_rich(given.blocks):
            raise SlackError("block_mismatch")
        self._ledger.change(message, lambda kept: self._amend(kept, given))
        known = shapes.message(message, self._ledger)
        return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": known}

    def delete(self, call: Call) -> Json:
        """It is gone for everybody."""
        message = self._own(call, "cant_delete_message")
        self._ledger.remove(message)
        return {"channel": message.channel, "ts": message.ts}

    def _addressed(self, call: Call) -> Channel:
        """The channel to post to, if the bot may."""
        channel = self._ledger.addressed(call.text("channel"))
        if not channel or (channel.private and seed.BOT not in channel.members):
            raise SlackError("channel_not_found")
        if channel.archived:
            raise SlackError("is_archived")
        if channel.restricted:
            raise SlackError(channel.restricted)
        if seed.BOT not in channel.members and "chat:write.public" not in call.scopes:
            raise SlackError("not_in_channel")
        return channel

    def _posted(self, call: Call, channel: Channel) -> Message | None:
        """What was posted under the same `client_msg_id`, where Slack looks for it."""
        wanted = call.args.get("client_msg_id")
        if not wanted or not self._switches.idempotent:
            return None
        return next((each for each in self._ledger.messages(channel.id) if each.client_msg_id == wanted), None)

    def _new(self, call: Call, channel: Channel) -> Message:
        if call.flag("as_user"):
            raise SlackError("as_user_not_supported")
        if any(call.args.get(name) for name in CUSTOM):
            call.need("chat:write.customize")
        given = _content(call)
        thread_ts = self._thread(channel, call.args.get("thread_ts"))
        ts = self._ledger.new_ts(channel.id)
        message = Message(channel=channel.id, ts=ts, user=seed.BOT, bot=True, thread_ts=thread_ts)
        given.fill(message)
        return message

    def _thread(self, channel: Channel, thread_ts: object) -> str | None:
        if not thread_ts:
            return None
        parent = self._ledger.find(channel.id, str(thread_ts))
        if not parent:
            raise SlackError("thread_not_found")
        if parent.thread_ts:
            raise SlackError("cannot_reply_to_message")
        return parent.ts

    def _own(self, call: Call, error: str) -> Message:
        channel = self._ledger.channels.get(call.text("channel"))
        if not channel or (channel.private and seed.BOT not in channel.members):
            raise SlackError("channel_not_found")
        message = self._ledger.find(channel.id, call.text("ts"))
        if not message or message.tombstone:
            raise SlackError("message_not_found")
        if message.user != seed.BOT:
            raise SlackError(error)
        return message

    def _amend(self, message: Message, given: Content) -> None:
        if given.blocks is None and given.text is not None:
            message.blocks, message.edited = [], f"{self._ledger.now():.6f}"
        if given.blocks is not None:
            message.blocks = given.blocks
        if given.text is not None:
            message.text = content.stored_text(given.text)
        if given.attachments is not None:
            message.attachments = given.attachments
        if given.metadata is not None:
            message.metadata = given.metadata or None


def _content(call: Call) -> Content:
    """The call's content; Slack also counts all text of the blocks together, which `response_url` is spared."""
    given = content.read(call.args)
    if sum(map(len, content.words(given.blocks))) > LONGEST_BLOCKS:
        raise SlackError("msg_blocks_too_long")
    return given


def _rich_only(blocks: list[Json]) -> bool:
    return bool(blocks) and all(block["type"] == "rich_text" for block in blocks)


def _any_rich(blocks: list[Json]) -> bool:
    return any(block["type"] == "rich_text" for block in blocks)
