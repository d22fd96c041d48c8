"""Files for one person: a line in their direct messages, and the file in its thread.

Three steps, since `files.upload` is gone: https://docs.slack.dev/messaging/working-with-files/#uploading_files
"""

import json
from io import BytesIO
from typing import Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ChatError
from bot.slack.blocks import Message
from bot.slack.chat import call

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30, connect=3)


class Courier:
    """Takes files to people. Needs the scopes chat:write and files:write."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._client = client
        self._session = session

    async def deliver(self, user: str, message: Message, name: str, content: bytes) -> None:
        """Post `message` to the person, then the file into its thread. Raises ChatError."""
        posted = await call(
            self._client, "chat.postMessage", channel=user, text=message.text, blocks=json.dumps(message.blocks)
        )
        place = await call(self._client, "files.getUploadURLExternal", filename=name, length=len(content))
        await self._send(place["upload_url"], content)
        files = json.dumps([{"id": place["file_id"], "title": name}])
        await call(
            self._client,
            "files.completeUploadExternal",
            files=files,
            channel_id=posted["channel"],
            thread_ts=posted["ts"],
        )

    async def _send(self, url: str, content: bytes) -> None:
        try:
            async with self._session.post(
                url, data=BytesIO(content), timeout=_TIMEOUT, allow_redirects=False
            ) as answer:
                if answer.status != 200:  # noqa: PLR2004  # HTTP OK
                    raise ChatError("upload", f"http_{answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ChatError("upload", "no_answer", extra={"cause": type(error).__name__}) from None
