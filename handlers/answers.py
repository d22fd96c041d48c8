"""From a command line to words in Slack: the one path that commands and clicks share."""

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars

from bot.card import Card, Share, Text, Tone
from bot.errors import BotError, ChatError, NoAnswer
from bot.operations import Attachment, Draft
from bot.services.desk import Answer, Desk, Where
from bot.slack.blocks import to_message
from bot.slack.chat import Voice
from bot.slack.files import Courier
from bot.tasks import Tasks
from handlers.errors import worded

log = structlog.get_logger()

_STILL_ASKING = Card(
    "Still asking Pulumi", Tone.RUNNING, (Text(("It takes longer than usual. I'll answer or give up soon.",)),)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds: of silence before people are told that it takes longer, and for one answer with all its calls."""

    slow: float = 4.0
    patience: float = 25.0


@dataclass(frozen=True, slots=True)
class Reply:
    """Where an answer goes, whether it takes the place of the message that was clicked, and whether all may see it.

    `quote`: whether an answer that all see says who asked what; in a thread it stands right above.
    """

    voice: Voice
    replace: bool = False
    share: bool = False
    quote: bool = True


class Answers:
    """Answers command lines in tasks of their own, after the ack."""

    def __init__(
        self,
        desk: Desk,
        courier: Courier,
        tasks: Tasks,
        pace: Pace = Pace(),
    ) -> None:
        self.desk = desk
        self._courier = courier
        self._pace = pace
        self.tasks = tasks

    def start(self, draft: Draft, where: Where, reply: Reply) -> None:
        """Answer later, on this loop."""
        self.tasks.start(self._answer(draft, where, reply), name=f"answer {draft.entry.name}")

    def later(self, card: Card, reply: Reply) -> None:
        """Whisper later, on this loop: a click's ack carries no text."""
        self.tasks.start(self.whisper(card, reply), name="whisper")

    def promise(self, work: Coroutine[Any, Any, Answer], where: Where, reply: Reply) -> None:
        """Answer later with what a press asked for."""
        self.tasks.start(self._kept(work, where, reply), name="answer a press")

    async def _kept(self, work: Coroutine[Any, Any, Answer], where: Where, reply: Reply) -> None:
        try:
            async with asyncio.timeout(self._pace.patience):
                answer = await work
        except Exception as error:  # noqa: BLE001  # the boundary, as for a command
            answer = Answer(worded(error, self.desk.console))
        await self._deliver(answer, where, reply)

    async def _answer(self, draft: Draft, where: Where, reply: Reply) -> None:
        bind_contextvars(request=secrets.token_hex(4))  # this task's own context: one id from here to the last call
        loop = asyncio.get_running_loop()
        begun = loop.time()
        reassure = loop.call_later(self._pace.slow, self._reassure, reply)
        try:
            answer = await self._answered(draft, where)
        finally:
            reassure.cancel()
        try:
            await self._deliver(answer, where, reply)
        except ChatError as error:  # the thread or the way back is gone: nobody is left to tell
            log.warning("an answer was not delivered", method=error.method, code=error.code)
        spent = round((loop.time() - begun) * 1000)  # noted after the answer, which need not wait for it
        log.info("command", operation=draft.entry.name, actor=where.user, channel=where.channel, ms=spent)

    def _reassure(self, reply: Reply) -> None:
        self.later(_STILL_ASKING, replace(reply, replace=False))

    async def _answered(self, draft: Draft, where: Where) -> Answer:
        """The answer, or the words for what went wrong: nobody is left without any."""
        try:
            async with asyncio.timeout(self._pace.patience):
                return await self.desk.answer(draft, where)
        except TimeoutError:
            return Answer(worded(NoAnswer(draft.entry.name), self.desk.console))
        except Exception as error:  # noqa: BLE001  # the boundary: every error becomes words, unknown ones an id
            return Answer(worded(error, self.desk.console))

    async def whisper(self, card: Card, reply: Reply) -> None:
        """Say it to the person who asked, only to them."""
        await reply.voice.whisper(to_message(card), replace=reply.replace)

    async def _deliver(self, answer: Answer, where: Where, reply: Reply) -> None:
        if answer.attachment:
            await self._send(answer.card, answer.attachment, where, reply)
            return
        if answer.line and (reply.share or answer.aloud):
            asked = f"Asked by {await self._name(where)} with {self.desk.command} {answer.line}"
            await reply.voice.tell(to_message(answer.card.noting(asked) if reply.quote else answer.card))
            return
        share = (Share(answer.line),) if answer.line else ()
        await self.whisper(answer.card.having(*share), reply)

    async def _send(self, card: Card, file: Attachment, where: Where, reply: Reply) -> None:
        """The file goes to the person's direct messages; where they asked they read that it did, or why not."""
        try:
            await self._courier.deliver(where.user, to_message(card), file.name, file.content)
        except ChatError as error:
            await self.whisper(worded(error, self.desk.console), reply)
        else:
            text = f"{file.name} is in your direct messages with me."
            await self.whisper(Card("Sent to you", Tone.GOOD, (Text((text,)),)), reply)

    async def _name(self, where: Where) -> str:
        try:
            return (await self.desk.person(where)).name
        except BotError:
            return where.user
