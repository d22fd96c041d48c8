"""What people do around a request, in few words."""

import asyncio
from typing import Any

from tests.e2e.conversation import CHANNELS, PEOPLE, Conversation, Seen
from tests.e2e.modal import Modal

TAG = "/pulumi tag set acme/web/dev owner platform"
DELETE = '/pulumi stack rm acme/shop/staging --force --reason "moved to eu-west"'
NAME = "Type staging to confirm"


async def asks(slack: Conversation, line: str = TAG, who: str = "ann", channel: str = "platform") -> Seen:
    """Ask for a change; its card, once it is there."""
    receipt = await slack.says(who, line, channel)
    assert receipt.title.startswith("✅ Asked: "), receipt.text
    return await card(slack, number(receipt), "bo", channel)


def number(seen: Seen) -> str:
    """The request's id, as a receipt or a card shows it."""
    return next(word for word in seen.text.replace(",", " ").split() if word.startswith("R-"))


async def card(slack: Conversation, request_id: str, who: str = "bo", channel: str = "platform") -> Seen:
    """The card of a request as somebody sees it now."""
    return await slack._first(who, channel, lambda raw: not raw["ephemeral"] and f"\n{request_id}  ·  " in raw["text"])


async def becomes(slack: Conversation, request_id: str, state: str, who: str = "ann") -> Seen:
    """The card of a request, as soon as its title says so."""
    return await slack._first(
        who, "platform", lambda raw: f"\n{request_id}  ·  " in raw["text"] and f"{state}: " in Seen("", raw).title
    )


async def note(slack: Conversation, words: str, who: str = "ann") -> Seen:
    """The line in a thread whose title begins so."""
    return await slack._first(who, "platform", lambda raw: bool(raw["thread_ts"]) and words in Seen("", raw).title)


async def opens(slack: Conversation, who: str, seen: Seen, label: str = "Approve…") -> Modal:
    """Press a button of the card; the form behind it, filled."""
    assert await slack.modals(who) == []
    await presses(slack, who, seen, label)
    return await slack._modal(who, lambda modal: modal is not None and modal.title != "One moment")


async def presses(slack: Conversation, who: str, seen: Seen, label: str) -> None:
    """Press a button of a message as it stands by now: each edit gives its blocks new ids."""
    async with asyncio.timeout(15):
        while True:
            now = await slack._first(
                who, _name(seen), lambda raw: raw["ts"] == seen.raw["ts"] and label in Seen("", raw).buttons
            )
            button = now.buttons[label]
            body = {"ts": seen.raw["ts"], "block_id": button["block_id"], "action_id": button["action_id"]}
            try:
                await slack.control("click", {"as": PEOPLE[who], "channel": seen.channel, **body})
            except AssertionError as error:
                if "element_not_found" not in str(error):  # which means that it was edited just now
                    raise
            else:
                return


def _name(seen: Seen) -> str:
    return next(name for name, id_ in CHANNELS.items() if id_ == seen.channel)


async def decides(
    slack: Conversation, who: str, seen: Seen, label: str = "Approve…", values: dict[str, Any] | None = None
) -> Modal | None:
    """Press, fill in, submit; what is before the person then."""
    await opens(slack, who, seen, label)
    on_top = await slack.submits(who, values)
    while on_top and (
        on_top.problem or "database doesn't answer" in on_top.text
    ):  # a busy machine: a person tries again
        if not on_top.problem:
            await slack.closes(who)
        on_top = await slack.submits(who, values)
    return on_top


async def privately(slack: Conversation, who: str, words: str, channel: str = "platform") -> Seen:
    """The message for this person alone that says so."""
    return await slack._first(who, channel, lambda raw: raw["ephemeral"] and words in raw["text"])


async def shown(slack: Conversation, who: str = "dee") -> list[str]:
    """The titles of everything that everybody sees in the channel."""
    return [seen.title for seen in await slack.sees(who) if not seen.only_me]
