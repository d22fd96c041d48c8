"""Talking to Slack over one shared session: our own answers through `response_url`, and who is who."""

from typing import Any

import aiohttp
from cachetools import TTLCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import ChatError
from bot.ports import SlackPerson
from bot.slack.blocks import Message

_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)


class Responder:
    """Answers a command or a click through the `response_url` it came with (30 minutes, five uses).

    https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def whisper(self, url: str, message: Message, *, replace: bool = False) -> None:
        """Show the message to the person who asked, in place of the message that was clicked with `replace`."""
        await self._post(url, message, response_type="ephemeral", replace_original=replace)

    async def tell(self, url: str, message: Message) -> None:
        """Show the message to everybody in the channel."""
        await self._post(url, message, response_type="in_channel", replace_original=False)

    async def _post(self, url: str, message: Message, **how: Any) -> None:  # noqa: ANN401  # JSON values
        body = {"text": message.text, "blocks": message.blocks, **how}
        try:
            async with self._session.post(url, json=body, timeout=_TIMEOUT, allow_redirects=False) as answer:
                if answer.status != 200:  # noqa: PLR2004  # HTTP OK
                    raise ChatError(
                        "response_url", f"http_{answer.status}", extra={"said": (await answer.text())[:200]}
                    )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ChatError("response_url", "no_answer", extra={"cause": type(error).__name__}) from None


class SlackDirectory:
    """Who is who, remembered for a minute (https://docs.slack.dev/reference/methods/users.info/)."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._people: TTLCache[str, SlackPerson] = TTLCache(maxsize=5_000, ttl=60)

    async def person(self, user_id: str) -> SlackPerson:
        """The person behind an id; ChatError when Slack does not say."""
        if known := self._people.get(user_id):
            return known
        answer = await call(self._client, "users.info", user=user_id)
        found = self._people[user_id] = _person(answer["user"])
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
    )


async def call(client: AsyncWebClient, method: str, **arguments: Any) -> Any:  # noqa: ANN401  # Slack's JSON
    """The body of one Web API call. Raises ChatError with Slack's own word, and nothing else."""
    return (await answer_of(client, method, **arguments)).data


async def answer_of(client: AsyncWebClient, method: str, **arguments: Any) -> AsyncSlackResponse:  # noqa: ANN401  # Slack's JSON
    """One Web API call with its headers. Raises ChatError with Slack's own word, and nothing else."""
    try:
        return await client.api_call(method, params=arguments)
    except SlackApiError as error:
        said = error.response.data if isinstance(error.response.data, dict) else {}
        raise ChatError(method, said.get("error", "unknown"), needed=said.get("needed", "")) from None
    except (aiohttp.ClientError, OSError) as error:
        raise ChatError(method, "no_answer", extra={"cause": type(error).__name__}) from None
