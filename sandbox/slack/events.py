"""The Events API: what the app is told of, again and again until it acknowledges.

https://docs.slack.dev/apis/events-api/
"""

import asyncio
import secrets

from sandbox.slack import seed, shapes
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Json, Message
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.tasks import Tasks

RETRY_AFTER = (0.0, 60.0, 300.0)
MENTION = f"<@{seed.BOT}>"


class Events:
    """Turns what is said into `app_mention` and `message.im`; the app's own direct messages are told as well.

    Nothing is said about messages of channels, public or private: the app has no history scope for them.
    """

    def __init__(self, ledger: Ledger, socket: SocketMode, tasks: Tasks, scale: float) -> None:
        self._ledger, self._socket, self._tasks, self._scale = ledger, socket, tasks, scale
        self.copies = 1
        """How often each event is delivered: 2 shows whether the app notices what it has had."""

    def observe(self, change: str, message: Message, before: Message) -> None:
        """To be called after each change of the ledger."""
        if message.ephemeral_to:
            return
        channel = self._ledger.channels[message.channel]
        if channel.im_with:
            self._send(self._direct(change, message, before))
        elif change == "added" and not message.bot and seed.BOT in channel.members and MENTION in message.text:
            self._send({**self._said(message), "type": "app_mention"})

    def _said(self, message: Message) -> Json:
        said = shapes.message(message, self._ledger)
        return {**said, "channel": message.channel, "event_ts": message.ts}

    def _direct(self, change: str, message: Message, before: Message) -> Json:
        if change == "added":
            return {**self._said(message), "channel_type": "im"}
        ts = self._ledger.new_ts(message.channel)
        event = {"type": "message", "channel": message.channel, "hidden": True, "ts": ts, "event_ts": ts}
        event |= {"channel_type": "im", "previous_message": shapes.message(before, self._ledger)}
        if change == "changed":
            return {**event, "subtype": "message_changed", "message": shapes.message(message, self._ledger)}
        return {**event, "subtype": "message_deleted", "deleted_ts": message.ts}

    def _send(self, event: Json) -> None:
        envelope = {
            "token": seed.VERIFICATION_TOKEN,
            "team_id": seed.TEAM,
            "context_team_id": seed.TEAM,
            "context_enterprise_id": None,
            "api_app_id": seed.APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(self._ledger.now()),
            "authorizations": [_authorization()],
            "is_ext_shared_channel": False,
            "event_context": f"4-{secrets.token_urlsafe(40)}",
        }
        for _ in range(self.copies):
            self._tasks.start(self._deliver(envelope))

    async def _deliver(self, payload: Json) -> None:
        reason = ""
        for attempt, pause in enumerate((0.0, *RETRY_AFTER)):
            await asyncio.sleep(pause * self._scale)
            answer = await self._socket.deliver(
                "events_api", lambda _: payload, answers=False, retry_attempt=attempt, retry_reason=reason
            )
            if not answer.error:
                return
            reason = "timeout" if answer.error == "operation_timeout" else "connection_failed"


def _authorization() -> Json:
    return {
        "enterprise_id": None,
        "team_id": seed.TEAM,
        "user_id": seed.BOT,
        "is_bot": True,
        "is_enterprise_install": False,
    }
