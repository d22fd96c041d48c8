"""A conversation with the real bot, over sockets: what people type and press, and what they then see."""

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]

PEOPLE = {"ann": "U0ANN00001", "bo": "U0BO000002", "cy": "U0CY000003", "dee": "U0DEE00004", "gus": "U0GUS00005"}
CHANNELS = {"platform": "C0PLATFRM2", "shop-alerts": "C0SHOPALR3", "general": "C0GENERAL1"}
CHANNELS |= {f"{name}'s messages": "D" + user[1:] for name, user in PEOPLE.items()}


@dataclass(frozen=True)
class Seen:
    """A message as one person sees it."""

    channel: str
    raw: Json

    @property
    def text(self) -> str:
        """The fallback text: what screen readers and notifications get."""
        return str(self.raw["text"])

    @property
    def only_me(self) -> bool:
        return bool(self.raw["ephemeral"])

    @property
    def title(self) -> str:
        return next((block["text"]["text"] for block in self.raw["blocks"] if block["type"] == "header"), "")

    @property
    def buttons(self) -> dict[str, Json]:
        """Label → element, with its block's id."""
        return {
            element["text"]["text"]: {**element, "block_id": block["block_id"]}
            for block in self.raw["blocks"]
            if block["type"] == "actions"
            for element in block["elements"]
        }


class Conversation:
    """People in a channel of the sandbox. Everything waits for what it says, never for time."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address

    async def control(self, path: str, body: Json | None = None) -> Json:
        """A control call, `POST` with a body and `GET` without."""
        method = "GET" if body is None else "POST"
        async with self._http.request(method, f"{self._address}/control/{path}", json=body) as answer:
            said: Json = await answer.json()
            assert answer.status == 200, said
            return said

    async def says(self, who: str, text: str, channel: str = "platform") -> Seen:
        """Type a line; the first message that answers it."""
        before = await self._stamps(who, channel)
        await self.control("say", {"as": PEOPLE[who], "channel": CHANNELS[channel], "text": text})
        return await self._first(who, channel, lambda raw: raw["in_response_to"] == text and _mark(raw) not in before)

    async def next(self, who: str, *, after: Seen) -> Seen:
        """The next message in the same channel."""
        channel = next(name for name, id_ in CHANNELS.items() if id_ == after.channel)
        return await self._first(who, channel, lambda raw: raw["ts"] > after.raw["ts"])

    async def mentions(self, who: str, text: str, channel: str = "platform", *, threaded: bool = True) -> Seen:
        """Say something in a channel; the bot's first message in its thread, or below it."""
        said = await self.control("say", {"as": PEOPLE[who], "channel": CHANNELS[channel], "text": text})
        thread = said["ts"] if threaded else None
        return await self._first(who, channel, lambda raw: raw["ts"] > said["ts"] and raw["thread_ts"] == thread)

    async def writes(self, who: str, text: str) -> Seen:
        """Say something in the bot's direct messages; the bot's next message there."""
        place = f"{who}'s messages"
        said = await self.control("say", {"as": PEOPLE[who], "channel": CHANNELS[place], "text": text})
        return await self._first(who, place, lambda raw: raw["bot"] and raw["ts"] > said["ts"])

    async def clicks(self, who: str, seen: Seen, label: str) -> Seen:
        """Press a button; the message that it changes or brings."""
        channel = next(name for name, id_ in CHANNELS.items() if id_ == seen.channel)
        before = await self._stamps(who, channel)
        button = seen.buttons[label]
        body = {"ts": seen.raw["ts"], "block_id": button["block_id"], "action_id": button["action_id"]}
        await self.control("click", {"as": PEOPLE[who], "channel": seen.channel, **body})
        return await self._first(who, channel, lambda raw: _mark(raw) not in before)

    async def sees(self, who: str, channel: str = "platform") -> list[Seen]:
        """Everything this person sees in a channel now."""
        state = await self.control(f"state?as={PEOPLE[who]}")
        id_ = CHANNELS[channel]
        return [Seen(id_, raw) for raw in state["messages"].get(id_, [])]

    async def _stamps(self, who: str, channel: str) -> set[str]:
        return {_mark(seen.raw) for seen in await self.sees(who, channel)}

    async def _first(self, who: str, channel: str, wanted: Any) -> Seen:
        rev = -1
        async with asyncio.timeout(45):
            while True:
                state = await self.control(f"state?as={PEOPLE[who]}&after={rev}")
                rev = state["rev"]
                for raw in state["messages"].get(CHANNELS[channel], []):
                    if wanted(raw):
                        return Seen(CHANNELS[channel], raw)


def _mark(raw: Json) -> str:
    return f"{raw['ts']} {raw['text']}"
