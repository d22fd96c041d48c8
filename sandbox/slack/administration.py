"""Control routes of the workspace's administrators: people, groups and channels as they change in a company's life."""

from collections.abc import Callable

from aiohttp import web

from sandbox.slack import seed
from sandbox.slack.answered import answered, read_body
from sandbox.slack.changes import Changes
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Channel, Group, Json, SlackError, User
from sandbox.slack.views import Views

FLAGS = {"people": ("guest", "admin", "deleted"), "groups": ("disabled",), "channels": ("archived", "private")}


class Administration:
    """The handlers. All is as at the start again after a reset."""

    def __init__(self, ledger: Ledger, views: Views, changes: Changes) -> None:
        self._ledger, self._views, self._changes = ledger, views, changes

    def routes(self) -> list[web.RouteDef]:
        """To be added to the application that serves `/`."""
        return [
            web.post("/control/people", answered(self.change_person)),
            web.post("/control/groups", answered(self.change_group)),
            web.post("/control/channels", answered(self.change_channel)),
            web.post("/control/delete", answered(self.delete)),
        ]

    async def change_person(self, request: web.Request) -> web.Response:
        """Deactivated or back, a guest or not, an administrator, with another address, of another workspace."""
        body = await read_body(request, "user")
        user = self._user(body["user"])
        _turn(user, body, "people")
        for name in ("email", "team"):
            if isinstance(body.get(name), str):
                setattr(user, name, body[name])
        if user.deleted:
            self._leave(user.id)
        self._changes.person(user)
        return self._done()

    async def change_group(self, request: web.Request) -> web.Response:
        """`add` and `remove` members, disable it."""
        body = await read_body(request, "group")
        group = self._ledger.groups.get(body["group"])
        if not group:
            raise SlackError("no_such_subteam")
        _turn(group, body, "groups")
        self._changes.regrouped(group, *self._move(body, group.members.append, group.members.remove, group.members))
        return self._done()

    async def change_channel(self, request: web.Request) -> web.Response:
        """`add` and `remove` people or the bot, archive it, make it private, rename it, forbid to post in it.

        `as` is who does so, Ann if nobody is named. The app is told of all of it.
        """
        body = await read_body(request, "channel")
        channel, by = self._channel(body["channel"]), self._ledger.person(str(body.get("as", seed.ANN))).id
        before = channel.archived, channel.name
        _turn(channel, body, "channels")
        for name in ("restricted", "name"):
            if isinstance(word := body.get(name), str):
                setattr(channel, name, word)
        self._let(channel, body, by)
        if channel.archived != before[0]:
            self._changes.archived(channel, by)
        if channel.name != before[1]:
            self._changes.renamed(channel)
        return self._done()

    def invite(self, channel: Channel, people: list[str], by: str) -> str:
        """As by `/invite`; the words for whoever typed it."""
        came, _ = self._let(channel, {"add": people}, by)
        return f"{self._names(came)} joined #{channel.name}." if came else "They are here already."

    def remove(self, channel: Channel, people: list[str], by: str) -> str:
        """As by `/remove`."""
        _, went = self._let(channel, {"remove": people}, by)
        return f"{self._names(went)} left #{channel.name}." if went else "They are not here."

    def _names(self, people: list[str]) -> str:
        return ", ".join(self._ledger.users[each].real_name for each in people)

    def _let(self, channel: Channel, body: Json, by: str) -> tuple[list[str], list[str]]:
        """Let people in and out, and tell the app."""
        came, went = self._move(body, channel.members.add, channel.members.discard, channel.members)
        for member in came:
            self._changes.joined(channel, member, by)
        for member in went:
            self._changes.left(channel, member, by)
        self._ledger.revisions.bump(self._ledger.users)
        return came, went

    async def delete(self, request: web.Request) -> web.Response:
        """A message deleted by its author or by an administrator."""
        body = await read_body(request, "as", "channel", "ts")
        person = self._ledger.person(body["as"])
        message = self._ledger.find(self._channel(body["channel"]).id, body["ts"])
        if not message or message.tombstone:
            raise SlackError("message_not_found")
        if not (person.admin or message.user == person.id):
            raise SlackError("cant_delete_message")
        self._ledger.remove(message)
        return self._done()

    def _user(self, user_id: object) -> User:
        user = self._ledger.users.get(str(user_id))
        if not user or user.bot or user.id == seed.SLACKBOT:
            raise SlackError("user_not_found")
        return user

    def _channel(self, channel_id: str) -> Channel:
        channel = self._ledger.channels.get(channel_id)
        if not channel:
            raise SlackError("channel_not_found")
        return channel

    def _move(
        self, body: Json, add: Callable[[str], None], remove: Callable[[str], None], members: "set[str] | list[str]"
    ) -> tuple[list[str], list[str]]:
        """Who really came, and who really went."""
        wanted = {name: [str(each) for each in body.get(name, ())] for name in ("add", "remove")}
        for member in (member for some in wanted.values() for member in some):
            if member not in self._ledger.users:
                raise SlackError("user_not_found")
        came = [member for member in dict.fromkeys(wanted["add"]) if member not in members]
        for member in came:
            add(member)
        went = [member for member in dict.fromkeys(wanted["remove"]) if member in members]
        for member in went:
            remove(member)
        return came, went

    def _leave(self, person: str) -> None:
        """Whoever is deactivated is in no channel any more, and has nothing before them."""
        for channel in self._ledger.channels.values():
            if not channel.im_with:
                channel.members.discard(person)
        self._views.stacks.pop(person, None)

    def _done(self) -> web.Response:
        self._ledger.revisions.bump(self._ledger.users)
        return web.json_response({"ok": True})


def _turn(what: User | Group | Channel, body: Json, kind: str) -> None:
    for name in FLAGS[kind]:
        if name in body:
            if not isinstance(body[name], bool):
                raise SlackError("invalid_flag", message=f"'{name}' is true or false.")
            setattr(what, name, body[name])
