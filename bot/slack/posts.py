"""Messages of the bot's own in channels: posted and edited, never resent by a library underneath."""

import json

from slack_sdk.web.async_client import AsyncWebClient

from bot.card import Card
from bot.slack.blocks import to_message
from bot.slack.chat import call


class SlackChat:
    """The `Chat` port. The client must have no retry handlers: a post whose answer is lost may have arrived."""

    def __init__(self, client: AsyncWebClient) -> None:
        if client.retry_handlers:
            raise ValueError("a client that repeats requests can't post")
        self._client = client

    async def post(
        self, channel: str, card: Card, *, thread: str, key: str, broadcast: bool = False
    ) -> tuple[str, str]:
        """https://docs.slack.dev/reference/methods/chat.postMessage/ ; `key` goes along as `client_msg_id`."""
        message = to_message(card)
        place = {"thread_ts": thread, "reply_broadcast": "true" if broadcast else "false"} if thread else {}
        answer = await call(
            self._client,
            "chat.postMessage",
            channel=channel,
            text=message.text,
            blocks=json.dumps(message.blocks),
            unfurl_links="false",
            client_msg_id=key,
            **place,
        )
        return str(answer["channel"]), str(answer["ts"])

    async def edit(self, channel: str, ts: str, card: Card) -> None:
        """https://docs.slack.dev/reference/methods/chat.update/ ."""
        message = to_message(card)
        blocks = json.dumps(message.blocks)
        await call(self._client, "chat.update", channel=channel, ts=ts, text=message.text, blocks=blocks)

    async def link(self, channel: str, ts: str) -> str:
        """https://docs.slack.dev/reference/methods/chat.getPermalink/ ."""
        answer = await call(self._client, "chat.getPermalink", channel=channel, message_ts=ts)
        return str(answer["permalink"])
