"""The Events API: what the app is told of, again and again until it acknowledges.

https://docs.slack.dev/apis/events-api/
"""

import asyncio
import secrets

from sandbox.slack import seed, shapes
from sandbox.slack.delivery import Delivery, Retry
from sandbox.slack.ledger import Ledger
from sandbox.slack.manifest import subscriptions
from sandbox.slack.model import Json, Message
from sandbox.slack.switches import Switches
from sandbox.slack.tasks import Tasks

RETRY_AFTER = (0.0, 60.0, 300.0)
MENTION = f"<@{seed.BOT}>"


class Events:
    """Turns what is said into `app_mention` and `message.im`; the app's own direct messages are told as well.

    Nothing is said about messages of channels, public or private: the app has no history scope for them. What the
    manifest does not subscribe to is not sent, but for the end of the app itself.
    """

    def __init__(self, ledger: Ledger, delivery: Delivery, switches: Switches, tasks: Tasks, scale: float) -> None:
        self._ledger, self._delivery, self._switches = ledger, delivery, switches
        self._tasks, self._scale = tasks, scale
        self.subscribed = subscriptions()
        """The events of the app's manifest, as there: `message.im` is told as `message`."""

    def observe(self, change: str, message: Message, before: Message) -> None:
        """To be called after each change of the ledger."""
        if message.ephemeral_to:
            return
        channel = self._ledger.channels[message.channel]
        if channel.im_with:
            self.tell(self._direct(change, message, before), "message.im")
        elif change == "added" and not message.bot and seed.BOT in channel.members and MENTION in message.text:
            self.tell({**self._said(message), "type": "app_mention"})

    def tell(self, event: Json, subscription: str = "") -> None:
        """Send an event, if the app subscribes to its type (or to what it is called in the manifest)."""
        if (subscription or event["type"]) in self.subscribed:
            self._send(event)

    def lost(self, how: str) -> None:
        """The app was uninstalled (`account_inactive`), or its tokens were revoked."""
        stamp = f"{self._ledger.now():.6f}"
        if how == "account_inactive":
            self._send({"type": "app_uninstalled", "event_ts": stamp})
        else:
            self._send({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [seed.BOT]}, "event_ts": stamp})

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
        for _ in range(self._switches.copies):
            self._tasks.start(self._deliver(envelope))

    async def _deliver(self, payload: Json) -> None:
        reason = ""
        for attempt, pause in enumerate((0.0, *RETRY_AFTER)):
            await asyncio.sleep(pause * self._scale)
            answer = await self._delivery.deliver(
                "events_api", lambda _: payload, answers=False, retry=Retry(attempt, reason)
            )
            if not answer.error or answer.final:
                return
            reason = answer.reason


def _authorization() -> Json:
    return {
        "enterprise_id": None,
        "team_id": seed.TEAM,
        "user_id": seed.BOT,
        "is_bot": True,
        "is_enterprise_install": False,
    }
