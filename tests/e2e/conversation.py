"""A conversation with the real bot, over sockets: what people type and press, and what they then see."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.e2e.modal import Modal

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
        self.address = address

    async def control(self, path: str, body: Json | None = None) -> Json:
        """A control call, `POST` with a body and `GET` without."""
        method = "GET" if body is None else "POST"
        async with self._http.request(method, f"{self.address}/control/{path}", json=body) as answer:
            said: Json = await answer.json()
            assert answer.status == 200, said
            return said

    async def mends(self) -> None:
        """Take every fault back."""
        async with self._http.delete(f"{self.address}/control/faults") as answer:
            assert answer.status == 200, await answer.text()

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

    async def hears(self, who: str, *, after: Seen | None = None) -> Seen:
        """The bot's first message (after that one) in this person's direct messages."""
        since = after.raw["ts"] if after else ""
        return await self._first(who, f"{who}'s messages", lambda raw: raw["bot"] and raw["ts"] > since)

    async def clicks(self, who: str, seen: Seen, label: str) -> Seen:
        """Press a button; the message that it changes or brings."""
        channel = next(name for name, id_ in CHANNELS.items() if id_ == seen.channel)
        before = await self._stamps(who, channel)
        button = seen.buttons[label]
        body = {"ts": seen.raw["ts"], "block_id": button["block_id"], "action_id": button["action_id"]}
        await self.control("click", {"as": PEOPLE[who], "channel": seen.channel, **body})
        return await self._first(who, channel, lambda raw: _mark(raw) not in before)

    async def opens(self, who: str, seen: Seen, label: str) -> Modal:
        """Press a button that opens a modal; the modal."""
        before = {each.raw["id"] for each in await self.modals(who)}
        button = seen.buttons[label]
        body = {"ts": seen.raw["ts"], "block_id": button["block_id"], "action_id": button["action_id"]}
        await self.control("click", {"as": PEOPLE[who], "channel": seen.channel, **body})
        return await self._modal(who, lambda modal: modal is not None and modal.raw["id"] not in before)

    async def modal(self, who: str, title: str = "") -> Modal:
        """The modal before this person, as soon as there is one (that is called so)."""
        return await self._modal(who, lambda modal: modal is not None and title in modal.title)

    async def modals(self, who: str) -> list[Modal]:
        """The stack before this person now, the one on top last."""
        return [Modal(raw) for raw in (await self.control(f"modals?as={PEOPLE[who]}"))["modals"]]

    async def submits(self, who: str, values: Json | None = None) -> Modal | None:
        """Fill in the modal on top (label → value) and submit it; what is before the person then, with its errors."""
        filled = (await self.modal(who)).filled(values or {})
        await self.control("submit", {"as": PEOPLE[who], "values": filled})
        return next(iter((await self.modals(who))[::-1]), None)

    async def closes(self, who: str, *, everything: bool = False) -> None:
        """Close the modal on top, or all of them by the cross."""
        await self.control("close", {"as": PEOPLE[who], "all": everything})

    async def presses(self, who: str, label: str, value: object = None, values: Json | None = None) -> Json:
        """Press a button of the modal on top, or choose in it; whether the app acknowledged."""
        modal = await self.modal(who)
        block_id, element = modal.elements[label]
        body = {"block_id": block_id, "action_id": element["action_id"], "value": value}
        return await self.control("click", {"as": PEOPLE[who], **body, "values": modal.filled(values or {})})

    async def searches(self, who: str, label: str, query: str) -> dict[str, str]:
        """Type into a menu of the modal on top that asks the app: what it offers, words → value."""
        block_id, element = (await self.modal(who)).elements[label]
        body = {"block_id": block_id, "action_id": element["action_id"], "query": query}
        answer = await self.control("suggest", {"as": PEOPLE[who], **body})
        groups = answer.get("option_groups") or [answer]
        return {each["text"]["text"]: each["value"] for group in groups for each in group["options"]}

    async def kills_the_bot(self, *, restart: bool = True) -> None:
        """`kill -9`; with `restart`, until it is connected again."""
        await self.control("bot/kill", {"restart": restart})
        if restart:
            await self.connected()

    async def forgets(self) -> None:
        """A bot that remembers nothing, in a workspace at its start; until it is connected."""
        await self.control("bot/kill", {"restart": False})
        await self.control("reset", {})
        await self.control("bot/forget", {})
        await self.connected()

    async def finds(self, who: str, words: str, channel: str = "platform") -> Seen:
        """The first message in a channel whose title has these words, as soon as there is one."""
        return await self._first(who, channel, lambda raw: words in Seen("", raw).title)

    async def starts_the_bot(self) -> None:
        """After a kill without a restart; until it is connected."""
        await self.control("bot/start", {})
        await self.connected()

    async def connected(self) -> None:
        """Until the bot is connected."""
        rev = -1
        async with asyncio.timeout(45):
            while not (state := await self.control(f"state?as={PEOPLE['ann']}&after={rev}"))["bot"]["connected"]:
                rev = state["rev"]

    async def sees(self, who: str, channel: str = "platform") -> list[Seen]:
        """Everything this person sees in a channel now."""
        state = await self.control(f"state?as={PEOPLE[who]}")
        id_ = CHANNELS[channel]
        return [Seen(id_, raw) for raw in state["messages"].get(id_, [])]

    async def _modal(self, who: str, wanted: Callable[[Modal | None], bool]) -> Modal:
        rev = -1
        async with asyncio.timeout(45):
            while True:
                state = await self.control(f"state?as={PEOPLE[who]}&after={rev}")
                rev = state["rev"]
                modal = Modal(state["modals"][-1]) if state["modals"] else None
                if wanted(modal):
                    assert modal
                    return modal

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
