"""Messages of the bot's own in channels: posted and edited, never resent by a library underneath."""

import json
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.card import Card, Plan
from bot.errors import ChatError
from bot.slack.blocks import to_message
from bot.slack.chat import call


class SlackChat:
    """The `Chat` port. The client must have no retry handlers: a post whose answer is lost may have arrived."""

    def __init__(self, client: AsyncWebClient) -> None:
        if client.retry_handlers:
            raise ValueError("a client that repeats requests can't post")
        self._client = client
        self._classic = False

    async def post(
        self, channel: str, card: Card, *, thread: str, key: str, broadcast: bool = False
    ) -> tuple[str, str]:
        """https://docs.slack.dev/reference/methods/chat.postMessage/ ; `key` goes along as `client_msg_id`."""
        place = {"thread_ts": thread, "reply_broadcast": "true" if broadcast else "false"} if thread else {}
        more = {"unfurl_links": "false", "client_msg_id": key, **place}
        answer = await self._shown("chat.postMessage", card, channel=channel, **more)
        return str(answer["channel"]), str(answer["ts"])

    async def edit(self, channel: str, ts: str, card: Card) -> None:
        """https://docs.slack.dev/reference/methods/chat.update/ ."""
        await self._shown("chat.update", card, channel=channel, ts=ts)

    async def link(self, channel: str, ts: str) -> str:
        """https://docs.slack.dev/reference/methods/chat.getPermalink/ ."""
        answer = await call(self._client, "chat.getPermalink", channel=channel, message_ts=ts)
        return str(answer["permalink"])

    async def _shown(self, method: str, card: Card, **how: str) -> Any:  # noqa: ANN401  # Slack's JSON
        """New kinds of block reach workspaces one after another: where Slack knows them not, classic ones are sent.

        "invalid_blocks" proves that nothing was posted; from then on this process sends classic ones only.
        """
        while True:
            message = to_message(card, classic=self._classic)
            try:
                return await call(self._client, method, text=message.text, blocks=json.dumps(message.blocks), **how)
            except ChatError as error:
                planned = any(isinstance(part, Plan) for part in card.parts)
                if error.code not in {"invalid_blocks", "invalid_blocks_format"} or self._classic or not planned:
                    raise
                self._classic = True
