"""What the page and the tests drive: see the workspace through a person's eyes, and type."""

import json
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.slack import seed
from sandbox.slack.answered import answered, read_body
from sandbox.slack.composer import Composer
from sandbox.slack.delivery import Delivery
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Channel, Group, Json, Message, SlackError, User
from sandbox.slack.views import Views

LONG_POLL = 20.0
HEARTBEAT = 15.0


class Control:
    """The `/control` routes of the workspace."""

    def __init__(self, ledger: Ledger, delivery: Delivery, composer: Composer, views: Views) -> None:
        self._ledger, self._delivery, self._composer, self._views = ledger, delivery, composer, views
        self.running: bool | None = None
        """Whether the app's process runs; None where it is none of ours."""

    def routes(self) -> list[web.RouteDef]:
        """To be added to the application that serves `/`."""
        return [
            web.get("/control/state", answered(self.get_state)),
            web.get("/control/stream", answered(self.stream)),
            web.post("/control/say", answered(self.say)),
        ]

    async def get_state(self, request: web.Request) -> web.StreamResponse:
        """What a person sees, at once or after their next change."""
        person = self._who(request.query.get("as", ""))
        if "after" in request.query:
            await self._ledger.revisions.beyond(person, _number(request.query["after"]), LONG_POLL)
        return web.json_response(self.state(person))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: a number after each change that this person can see."""
        person, revisions = self._who(request.query.get("as", "")), self._ledger.revisions
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        last = 0
        while not revisions.closed:
            rev = await revisions.beyond(person, last, HEARTBEAT)
            line = f"data: {json.dumps({'rev': rev})}\n\n" if rev > last else ": still here\n\n"
            last = rev
            try:
                await response.write(line.encode())
            except ConnectionError:
                break
        return response

    async def say(self, request: web.Request) -> web.StreamResponse:
        """A line typed into the composer."""
        body = await read_body(request, "as", "channel", "text")
        thread_ts = body.get("thread_ts")
        if not isinstance(thread_ts, str | None):
            raise SlackError("missing", message="'thread_ts' is no text.")
        answer = await self._composer.say(body["as"], body["channel"], body["text"], thread_ts)
        return web.json_response({"ok": True, **answer})

    def state(self, person: str) -> Json:
        """The workspace through this person's eyes."""
        channels = list(self._ledger.seen_by(person))
        return {
            "rev": self._ledger.revisions[person],
            "now": self._ledger.now(),
            "team": {"id": seed.TEAM, "name": seed.TEAM_NAME},
            "bot": {
                "connected": self._delivery.connected,
                "running": self.running,
                "user_id": seed.BOT,
                "name": "Pulumi",
            },
            "commands": [
                {"command": each.command, "description": each.description, "usage_hint": each.usage_hint}
                for each in self._composer.commands.values()
            ],
            "users": [_user(user) for user in self._ledger.users.values()],
            "groups": [_group(group) for group in self._ledger.groups.values() if not group.disabled],
            "modals": [pane.shown for pane in self._views.stacks.get(person, ())],
            "home": home.shown if (home := self._views.homes.get(person)) else None,
            "channels": [self._channel(channel, person) for channel in channels],
            "messages": {
                channel.id: [_message(message, person) for message in self._ledger.messages(channel.id, person)]
                for channel in channels
            },
        }

    def _who(self, person: str) -> str:
        return self._ledger.person(person).id

    def _channel(self, channel: Channel, person: str) -> Json:
        return {
            "id": channel.id,
            "name": channel.name or "pulumi",
            "topic": channel.topic,
            "private": channel.private,
            "im": channel.im_with is not None,
            "archived": channel.archived,
            "member": person in channel.members,
            "bot_member": seed.BOT in channel.members,
        }


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "title": user.title,
        "guest": user.guest,
        "admin": user.admin,
        "bot": user.bot or user.id == seed.SLACKBOT,
        "deleted": user.deleted,
    }


def _group(group: Group) -> Json:
    return {"id": group.id, "handle": group.handle, "name": group.name, "members": group.members}


def _message(message: Message, person: str) -> Json:
    return {
        "ts": message.ts,
        "user": message.user,
        "bot": message.bot,
        "text": message.text,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "files": [_file(file, person) for file in message.files],
        "thread_ts": message.thread_ts,
        "broadcast": message.broadcast,
        "ephemeral": message.ephemeral_to is not None,
        "edited": message.edited is not None,
        "deleted": message.tombstone,
        "system": message.system,
        "in_response_to": message.in_response_to,
    }


def _file(file: Json, person: str) -> Json:
    """Its `url` is a path on this server that lets this person in."""
    known = {name: file[name] for name in ("id", "name", "title", "size", "mimetype")}
    return {**known, "url": f"{urlsplit(file['url_private']).path}?as={person}"}


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise SlackError("invalid_revision", message="'after' is no number.") from None
