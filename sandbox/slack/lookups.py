"""Methods that look things up: who am I, who are they, which channels are there."""

import base64
import binascii
from collections.abc import Mapping, Sequence

from sandbox.slack import seed, shapes
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Channel, Json, SlackError
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.web_api import Call, Method

MOST = 1000
SCOPE_OF = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}


class Lookups:
    """The methods, over a ledger. All but the first three read no JSON bodies, as at Slack."""

    def __init__(self, ledger: Ledger, socket: SocketMode) -> None:
        self._ledger, self._socket = ledger, socket

    def methods(self) -> Mapping[str, Method]:
        """Every method of this kind by its name."""
        return {
            "api.test": Method(_api_test, caller="none", json=True),
            "auth.test": Method(_auth_test, caller="any", json=True),
            "apps.connections.open": Method(self.open, "connections:write", caller="app", json=True),
            "users.info": Method(self.user, "users:read"),
            "users.list": Method(self.users, "users:read"),
            "users.lookupByEmail": Method(self.by_email, "users:read.email"),
            "conversations.info": Method(self.channel),
            "conversations.list": Method(self.channels),
            "conversations.members": Method(self.members),
            "conversations.open": Method(self.direct, "im:write", json=True),
            "chat.getPermalink": Method(self.permalink),
            "users.conversations": Method(self.joined),
            "team.info": Method(_team, "team:read"),
            "bots.info": Method(_bot, "users:read"),
        }

    def open(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/apps.connections.open."""
        return {"url": self._socket.open(call.request)}

    def user(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/users.info."""
        user = self._ledger.users.get(call.text("user"))
        if not user:
            raise SlackError("user_not_found")
        return {"user": shapes.user(user, email="users:read.email" in call.scopes)}

    def users(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/users.list: bots and deactivated people included."""
        email = "users:read.email" in call.scopes
        return _page(call, "members", [shapes.user(user, email=email) for user in self._ledger.users.values()])

    def by_email(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/users.lookupByEmail: active people only."""
        wanted = call.text("email").lower()
        for user in self._ledger.users.values():
            if user.email.lower() == wanted and not (user.deleted or user.team):
                return {"user": shapes.user(user, email=True)}
        raise SlackError("users_not_found")

    def channel(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/conversations.info: the scope depends on the kind of channel."""
        return {"channel": shapes.channel(self._readable(call), seed.BOT)}

    def members(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/conversations.members: a hundred at a time, if not told."""
        channel = self._readable(call)
        call.args.setdefault("limit", "100")
        return _page(call, "members", sorted(channel.members))

    def direct(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/conversations.open: with one person; groups are not offered here."""
        user = self._ledger.users.get(call.text("users"))
        if not user:
            raise SlackError("user_not_found")
        if user.bot or user.deleted or user.id == seed.SLACKBOT:
            raise SlackError("user_disabled" if user.deleted else "cannot_dm_bot")
        return {"no_op": True, "already_open": True, "channel": {"id": seed.direct(user.id)}}

    def permalink(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/chat.getPermalink: no scope, but the bot has to see the message."""
        channel = self._known_channel(call)
        message = self._ledger.find(channel.id, call.text("message_ts"))
        if not message:
            raise SlackError("message_not_found")
        thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.thread_ts else ""
        ts = message.ts.replace(".", "")
        return {
            "channel": channel.id,
            "permalink": f"https://{seed.DOMAIN}.slack.com/archives/{channel.id}/p{ts}{thread}",
        }

    def channels(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/conversations.list: private ones only where the bot is."""
        return self._listed(call, [each for each in self._ledger.channels.values() if self._known(each)])

    def joined(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/users.conversations: of a person, what the bot may know of."""
        person = str(call.args.get("user") or seed.BOT)
        found = [each for each in self._ledger.channels.values() if person in each.members and self._known(each)]
        return self._listed(call, found)

    def _listed(self, call: Call, channels: Sequence[Channel]) -> Json:
        kinds = [kind.strip() for kind in str(call.args.get("types") or "public_channel").split(",")]
        if any(kind not in SCOPE_OF for kind in kinds):
            raise SlackError("invalid_types")
        for kind in kinds:
            call.need(SCOPE_OF[kind])
        hidden = call.flag("exclude_archived")
        found = [each for each in channels if _kind(each) in kinds and not (hidden and each.archived)]
        return _page(call, "channels", [shapes.channel(each, seed.BOT) for each in found])

    def _readable(self, call: Call) -> Channel:
        channel = self._known_channel(call)
        call.need(SCOPE_OF[_kind(channel)])
        return channel

    def _known_channel(self, call: Call) -> Channel:
        channel = self._ledger.channels.get(call.text("channel"))
        if not channel or not self._known(channel):
            raise SlackError("channel_not_found")
        return channel

    def _known(self, channel: Channel) -> bool:
        return seed.BOT in channel.members or not channel.private


def _api_test(call: Call) -> Json:
    if call.args.get("error"):
        raise SlackError(str(call.args["error"]), args=call.args)
    return {"args": call.args}


def _auth_test(call: Call) -> Json:
    if call.app_token:
        return {"app_name": "Pulumi", "app_id": seed.APP}
    return {
        "url": f"https://{seed.DOMAIN}.slack.com/",
        "team": seed.TEAM_NAME,
        "user": "pulumi",
        "team_id": seed.TEAM,
        "user_id": seed.BOT,
        "bot_id": seed.BOT_ID,
        "is_enterprise_install": False,
    }


def _team(_: Call) -> Json:
    team = {"id": seed.TEAM, "name": seed.TEAM_NAME, "domain": seed.DOMAIN, "email_domain": "acme.example"}
    return {"team": {**team, "url": f"https://{seed.DOMAIN}.slack.com/"}}


def _bot(call: Call) -> Json:
    if call.args.get("bot", seed.BOT_ID) != seed.BOT_ID:
        raise SlackError("bot_not_found")
    profile = shapes.bot_profile()
    del profile["team_id"]
    return {"bot": profile}


def _kind(channel: Channel) -> str:
    if channel.im_with:
        return "im"
    return "private_channel" if channel.private else "public_channel"


def _page(call: Call, name: str, items: Sequence[Json | str]) -> Json:
    """One page, and the cursor of the next (empty at the end)."""
    limit, start = _limit(call.args.get("limit")), _start(call.args.get("cursor"))
    end = start + (limit or len(items))
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return {name: items[start:end], "response_metadata": {"next_cursor": cursor}}


def _limit(value: object) -> int:
    text = str(value or 0)
    if not text.isdecimal() or int(text) > MOST:
        raise SlackError("invalid_limit")
    return int(text)


def _start(cursor: object) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(str(cursor), validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
