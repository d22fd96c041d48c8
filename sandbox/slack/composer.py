"""What people type: messages, and slash commands on their way to the app and back.

https://docs.slack.dev/interactivity/implementing-slash-commands/
"""

import re
import uuid
from collections.abc import Callable, Mapping

from sandbox.slack import content, seed, text
from sandbox.slack.delivery import Answer, Delivery
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Channel, Command, Json, Message, SlackError
from sandbox.slack.responses import Origin, Responses
from sandbox.slack.switches import Switches
from sandbox.slack.triggers import Triggers

COMMAND = re.compile(r"/(?P<word>[^\s/]\S*)(?:\s+(?P<rest>.*))?", re.DOTALL)
UNKNOWN = (
    "{0} is not a valid command. In Slack, all messages that start with the “/” character are interpreted as "
    "commands.\n\nIf you are trying to send a message and not run a command, try preceding the “/” with an empty space."
)


class Composer:
    """Takes a typed line where Slack's own composer would, and does with it what Slack does."""

    def __init__(
        self, ledger: Ledger, delivery: Delivery, responses: Responses, triggers: Triggers, switches: Switches
    ) -> None:
        self._ledger, self._delivery, self._responses, self._triggers = ledger, delivery, responses, triggers
        self._switches = switches
        self.built_in: Mapping[str, Callable[[Channel, list[str], str], str]] = {}
        """Slack's own commands about people in a channel: what is done with whom by whom, and the words for it."""
        self.commands: dict[str, Command] = {command.command: command for command in seed.commands()}

    async def say(self, person: str, channel_id: str, line: str, thread_ts: str | None = None) -> Json:
        """A line typed by a person; answers when it is posted, or the command acknowledged or given up."""
        channel = self._place(person, channel_id)
        line = text.mangle(line.strip()) if self._switches.mangles else line.strip()
        if not line:
            raise SlackError("no_text")
        if thread_ts and not self._ledger.find(channel_id, thread_ts, person):
            raise SlackError("thread_not_found")
        match = COMMAND.fullmatch(line)
        if not match:
            return self._message(person, channel, line, thread_ts)
        word = "/" + match["word"].lower()
        if word in self.built_in and not thread_ts:
            return self._manage(person, channel, word, line)
        command = self.commands.get(word)
        if thread_ts or not command:
            said = f"{word} is not supported in threads. Sorry!" if thread_ts else UNKNOWN.format(word)
            self.system(person, channel_id, said, line, thread_ts)
            return {"kind": "command", "acked": False, "milliseconds": 0, "error": "refused"}
        return await self._command(person, channel, command, line, match["rest"] or "")

    def _manage(self, person: str, channel: Channel, word: str, line: str) -> Json:
        whom = [piece.id for piece in self._reader(person).pieces(line) if piece.kind == "user"]
        said = self.built_in[word](channel, whom, person) if whom else "Say whom you mean, like @pulumi."
        self.system(person, channel.id, said, line)
        return {"kind": "command", "acked": bool(whom), "milliseconds": 0}

    def system(self, person: str, channel: str, said: str, label: str, thread_ts: str | None = None) -> None:
        """Words of Slack itself, for this person only."""
        self._ledger.add(
            Message(
                channel=channel,
                ts=self._ledger.new_ts(channel),
                user=seed.SLACKBOT,
                text=text.escape(said),
                system=True,
                ephemeral_to=person,
                thread_ts=thread_ts,
                in_response_to=label,
            )
        )

    def _place(self, person: str, channel_id: str) -> Channel:
        self._ledger.person(person)
        channel = self._ledger.channels.get(channel_id)
        if not channel or not self._ledger.sees(person, channel):
            raise SlackError("channel_not_found")
        if channel.archived:
            raise SlackError("is_archived")
        if person not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def _reader(self, person: str) -> text.Reader:
        people = [user for user in self._ledger.users.values() if not user.deleted]
        return text.Reader(people, self._ledger.seen_by(person), self._ledger.groups.values())

    def _message(self, person: str, channel: Channel, line: str, thread_ts: str | None) -> Json:
        pieces = list(self._reader(person).pieces(line))
        message = Message(
            channel=channel.id,
            ts=self._ledger.new_ts(channel.id),
            user=person,
            text=text.as_message(pieces),
            blocks=text.as_rich_text(pieces, content.new_id()),
            thread_ts=thread_ts,
            client_msg_id=str(uuid.uuid4()),
        )
        self._ledger.add(message)
        return {"kind": "message", "ts": message.ts}

    async def _command(self, person: str, channel: Channel, command: Command, line: str, rest: str) -> Json:
        origin = Origin(person=person, channel=channel.id, label=line)
        rest = self._escaped(person, rest) if command.should_escape else rest
        answer = await self._delivery.deliver(
            "slash_commands", self._payload(origin, command.command, rest), answers=True
        )
        error = answer.error or self._post(origin, answer)
        if error:
            self.system(person, channel.id, f'{command.command} failed with the error "{error}"', line)
        known = {"kind": "command", "acked": answer.error is None, "milliseconds": answer.milliseconds}
        return known | ({"error": error} if error else {})

    def _escaped(self, person: str, rest: str) -> str:
        names = {user.id: user.name for user in self._ledger.users.values()}
        return text.as_command(self._reader(person).pieces(rest), names)

    def _payload(self, origin: Origin, command: str, rest: str) -> Callable[[str], Json]:
        channel = self._ledger.channels[origin.channel]
        trigger = self._triggers.issue(origin.person, channel.id)
        response_url = self._responses.issue(origin)
        return lambda base: {
            "token": seed.VERIFICATION_TOKEN,
            "team_id": seed.TEAM,
            "team_domain": seed.DOMAIN,
            "channel_id": channel.id,
            "channel_name": channel.interaction_name,
            "user_id": origin.person,
            "user_name": self._ledger.users[origin.person].name,
            "command": command,
            "text": rest.strip(),
            "api_app_id": seed.APP,
            "is_enterprise_install": "false",
            "response_url": response_url(base),
            "trigger_id": trigger,
        }

    def _post(self, origin: Origin, answer: Answer) -> str | None:
        """What the acknowledgement brings; `in_channel` also shows the command line as typed."""
        if answer.payload.get("response_type") == "in_channel":
            self._message(origin.person, self._ledger.channels[origin.channel], origin.label, None)
        try:
            if answer.payload.keys() & {"text", "blocks", "attachments"}:
                self._responses.publish(origin, answer.payload)
        except SlackError as refusal:
            return refusal.error
        return None
