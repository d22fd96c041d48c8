"""From a command to words: in time, or saying that it takes time; never nothing, never twice."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.operations import Draft
from bot.services.desk import Answer, Desk, Where
from bot.slack.blocks import Message
from bot.tasks import Tasks
from handlers.answers import Answers, Pace, Reply
from tests.town import ANN, Town, town


@dataclass
class Heard:
    """A voice that keeps what was said instead of posting it; each word wakes whoever waits."""

    said: list[str] = field(default_factory=list)
    spoken: asyncio.Event = field(default_factory=asyncio.Event)

    async def whisper(self, message: Message, *, replace: bool = False) -> None:
        self.said.append(f"{'replace' if replace else 'whisper'}: {message.text.splitlines()[0]}")
        self.spoken.set()

    async def tell(self, message: Message) -> None:
        self.said.append(f"tell: {message.text.splitlines()[0]}")


@contextmanager
def held(place: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Event]:
    """The desk answers only once the event is set."""
    go, answer = asyncio.Event(), Desk.answer

    async def later(self: Desk, draft: Draft, where: Where) -> Answer:
        await go.wait()
        return await answer(self, draft, where)

    monkeypatch.setattr(Desk, "answer", later)
    yield go


async def test_a_slow_answer_is_announced_once_and_then_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as place:
        heard, tasks = Heard(), Tasks()
        with held(place, monkeypatch) as go:
            answers = Answers(place.desk, place.courier, tasks, Pace(slow=0.01))
            answers.start(place.desk.parse("status shop/staging"), ANN, Reply(heard, replace=True))
            await heard.spoken.wait()
            assert heard.said == ["whisper: ⏳ Still asking Pulumi"], (
                "the clicked message stays until the answer is there"
            )
            go.set()
            await tasks.drain(10)
    assert heard.said[1:] == ["replace: ✅ Update succeeded · acme/shop/staging · v58"]


async def test_an_answer_that_never_comes_is_given_up_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as place:
        heard, tasks = Heard(), Tasks()
        with held(place, monkeypatch):
            answers = Answers(place.desk, place.courier, tasks, Pace(patience=0.01))
            answers.start(place.desk.parse("status shop/staging --share"), ANN, Reply(heard, share=True))
            await tasks.drain(10)
    assert heard.said == ["whisper: ❌ Pulumi didn't answer in time"], "a failure is never shared"


async def test_a_quick_answer_is_not_announced(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        heard, tasks = Heard(), Tasks()
        answers = Answers(place.desk, place.courier, tasks)
        answers.start(place.desk.parse("help"), ANN, Reply(heard))
        answers.start(place.desk.parse("help"), ANN, Reply(heard, share=True))
        await tasks.drain(10)
    assert sorted(heard.said) == ["tell: What I can do", "whisper: What I can do"]
