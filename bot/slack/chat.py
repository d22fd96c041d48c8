"""Talking to Slack over one shared session: the ways back to who asked, and who is who."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
import msgspec
from cachetools import TTLCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import ChatError
from bot.ports import SlackPerson
from bot.slack.blocks import Message

_JSON = {"Content-Type": "application/json; charset=utf-8"}
_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)


class Voice(Protocol):
    """A way back to the person who asked. Both raise ChatError."""

    async def whisper(self, message: Message, *, replace: bool = False) -> None:
        """Show the message to that person alone, in place of the message that was clicked with `replace`."""

    async def tell(self, message: Message) -> None:
        """Show the message to everybody who is there."""


class UrlVoice:
    """Answers a command or a click through the `response_url` it came with (30 minutes, five uses).

    https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses
    """

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def whisper(self, message: Message, *, replace: bool = False) -> None:
        """Show the message to the person who asked."""
        await self._post(message, response_type="ephemeral", replace_original=replace)

    async def tell(self, message: Message) -> None:
        """Show the message to everybody in the channel."""
        await self._post(message, response_type="in_channel", replace_original=False)

    async def _post(self, message: Message, **how: Any) -> None:  # noqa: ANN401  # JSON values
        body = msgspec.json.encode({"text": message.text, "blocks": message.blocks, **how})
        try:
            async with self._session.post(
                self._url, data=body, headers=_JSON, timeout=_TIMEOUT, allow_redirects=False
            ) as answer:
                if answer.status != 200:  # noqa: PLR2004  # HTTP OK
                    raise ChatError(
                        "response_url", f"http_{answer.status}", extra={"said": (await answer.text())[:200]}
                    )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ChatError("response_url", "no_answer", extra={"cause": type(error).__name__}) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadVoice:
    """Answers a line where it was said. Needs the scope chat:write.

    `thread` is the thread that the line was said in, `ts` the line itself; among two (`direct`) nothing needs a thread.
    """

    client: AsyncWebClient
    channel: str
    user: str
    ts: str
    thread: str | None
    direct: bool

    async def whisper(self, message: Message, *, replace: bool = False) -> None:
        """Show the message to the person who asked, in the thread where there is one already.

        Slack shows nothing ephemeral in a thread that has no replies yet:
        https://docs.slack.dev/reference/methods/chat.postEphemeral/
        """
        del replace  # nothing was clicked
        if self.direct:
            await self.tell(message)
        else:
            await self._post("chat.postEphemeral", message, thread=self.thread, user=self.user)

    async def tell(self, message: Message) -> None:
        """Show the message in the thread that the line was said in, or that it begins."""
        await self._post("chat.postMessage", message, thread=self.thread or (None if self.direct else self.ts))

    async def _post(self, method: str, message: Message, *, thread: str | None, **to: str) -> None:
        place = {"channel": self.channel, **({"thread_ts": thread} if thread else {}), **to}
        blocks = json.dumps(message.blocks)
        await call(self.client, method, text=message.text, blocks=blocks, unfurl_links="false", **place)


class SlackDirectory:
    """Who is who, remembered for a minute (https://docs.slack.dev/reference/methods/users.info/)."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._people: TTLCache[str, SlackPerson] = TTLCache(maxsize=5_000, ttl=60)
        self._addresses: TTLCache[str, SlackPerson | None] = TTLCache(maxsize=5_000, ttl=600)

    async def person(self, user_id: str, *, live: bool = False) -> SlackPerson:
        """The person behind an id, asked anew with `live`; ChatError when Slack does not say."""
        if not live and (known := self._people.get(user_id)):
            return known
        answer = await call(self._client, "users.info", user=user_id)
        found = self._people[user_id] = _person(answer["user"])
        return found

    async def by_email(self, email: str) -> SlackPerson | None:
        """The active person of that address. https://docs.slack.dev/reference/methods/users.lookupByEmail/ ."""
        if email in self._addresses:
            return self._addresses[email]
        try:
            found = _person((await call(self._client, "users.lookupByEmail", email=email))["user"])
        except ChatError as error:
            if error.code != "users_not_found":
                raise
            found = None
        self._addresses[email] = found
        return found


def _person(user: dict[str, Any]) -> SlackPerson:
    profile = user.get("profile") or {}
    return SlackPerson(
        id=user["id"],
        team=user.get("team_id", ""),
        name=profile.get("display_name") or profile.get("real_name") or user.get("name", user["id"]),
        admin=bool(user.get("is_admin") or user.get("is_owner")),
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        bot=bool(user.get("is_bot") or user.get("is_workflow_bot")),
        deleted=bool(user.get("deleted")),
        email=profile.get("email") or "",
    )


async def call(client: AsyncWebClient, method: str, **arguments: Any) -> Any:  # noqa: ANN401  # Slack's JSON
    """The body of one Web API call. Raises ChatError with Slack's own word, and nothing else."""
    return (await answer_of(client, method, **arguments)).data


async def answer_of(client: AsyncWebClient, method: str, **arguments: Any) -> AsyncSlackResponse:  # noqa: ANN401  # Slack's JSON
    """One Web API call with its headers. Raises ChatError with Slack's own word, and nothing else."""
    try:
        return await client.api_call(method, data=arguments)  # a form: every method takes one, of any length
    except SlackApiError as error:
        said = error.response.data if isinstance(error.response.data, dict) else {}
        wait = error.response.headers.get("Retry-After", "")
        after = timedelta(seconds=int(wait)) if wait.isdecimal() else None
        code, needed = said.get("error", "unknown"), said.get("needed", "")
        raise ChatError(method, code, needed=needed, retry_after=after) from None
    except (aiohttp.ClientError, OSError) as error:
        raise ChatError(method, "no_answer", extra={"cause": type(error).__name__}) from None
