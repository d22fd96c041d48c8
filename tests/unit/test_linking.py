"""The two steps of linking: who may finish them, how long they hold, and that a token is nowhere but in the store."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from cryptography.fernet import Fernet
from pydantic import SecretStr, ValidationError
from slack_sdk.web.async_client import AsyncWebClient

from bot.console import Console
from bot.model import PulumiUser
from bot.operations import CATALOGUE, Draft
from bot.records import Linked
from bot.services.accounts import NeedsLink, offer
from bot.services.pending import Pending
from bot.slack.blocks import to_message
from bot.slack.modals import Modals, to_view
from bot.store.trail import SqlTrail
from bot.tasks import Tasks
from handlers import forms
from handlers.answers import Answers
from handlers.errors import worded
from handlers.forms import Kept
from handlers.linking import Linking
from handlers.payloads import SlashCommand, Submission
from handlers.views import Reaction
from sandbox.slack import seed
from sandbox.slack.blocks import view_problems
from tests.town import NOON, Town, town

KEY = Fernet.generate_key().decode()


@dataclass
class Scene:
    """Linking over a town, with everything that left it."""

    place: Town
    linking: Linking
    tasks: Tasks
    now: datetime = NOON
    left: list[Any] = field(default_factory=list)

    def token(self, login: str) -> str:
        return self.place.sandbox.pulumi.token_of(login)

    async def types(self, token: str, user: str = seed.ANN) -> Reaction:
        return self.kept(await self.linking.typed(submission(forms.TYPED, Kept(channel=seed.PLATFORM), user, token)))

    async def confirms(self, asked: Reaction, user: str = seed.ANN) -> Reaction:
        assert asked.form
        return self.kept(await self.linking.confirmed(submission(forms.CONFIRM, metadata(asked), user)))

    def kept(self, reaction: Reaction) -> Reaction:
        self.left.append(reaction.ack)
        return reaction


def metadata(reaction: Reaction) -> Kept:
    assert reaction.form
    return Kept.model_validate_json(reaction.form.metadata)


def submission(callback: str, kept: Kept, user: str, token: str = "") -> Submission:
    state = {"values": {forms.TOKEN: {forms.TOKEN: {"type": "plain_text_input", "value": token}}}} if token else {}
    view = {"id": "V1", "callback_id": callback, "private_metadata": kept.json_text(), "state": state}
    return Submission.model_validate({"user": {"id": user, "team_id": seed.TEAM}, "view": view})


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    async with (
        town(folder, encryption_keys=KEY) as place,
        aiohttp.ClientSession() as session,
    ):
        tasks, clocks = Tasks(), list[Scene]()
        client = AsyncWebClient(token="xoxb-none", base_url="http://127.0.0.1:1/", session=session)
        answers = Answers(place.desk, place.courier, tasks)
        linking = Linking(place.services.accounts, answers, Modals(client), session, tasks, clock=lambda: clocks[0].now)
        made = Scene(place, linking, tasks)
        clocks.append(made)
        yield made
        await tasks.drain(5)


async def test_story_17_nobody_else_can_finish_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        asked = await one.types(one.token("ann"))
        stolen = await one.confirms(asked, seed.BO)
        assert stolen.form
        assert stolen.form.title == "Start again"
        assert await one.place.services.accounts.linked(seed.BO) is None
        done = await one.confirms(asked)
        assert done.form
        assert done.form.title == "Linked"
        linked = await one.place.services.accounts.linked(seed.ANN)
        assert linked
        assert linked.login == "ann"


async def test_it_is_confirmed_once_and_within_ten_minutes(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        asked = await one.types(one.token("ann"))
        await one.confirms(asked)
        again = await one.confirms(asked)
        late = await one.types(one.token("ann"))
        one.now += timedelta(minutes=10)
        over = await one.confirms(late)
        assert [each.form.title for each in (again, over) if each.form] == ["Start again", "Start again"]


async def test_saying_no_forgets_the_token(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        asked = await one.types(one.token("ann"))
        await one.linking.dropped(submission(forms.CONFIRM, metadata(asked), seed.ANN))
        over = await one.confirms(asked)
        assert over.form
        assert over.form.title == "Start again"


async def test_acting_as_the_requester_reads_need_a_link_and_see_what_that_person_sees(tmp_path: Path) -> None:
    async with town(tmp_path, encryption_keys=KEY, act_as="requester") as place:
        refused = await place.asks("stack ls newco")
        assert refused.title == "I need your own Pulumi account for that."
        assert refused.buttons == (offer("stack ls newco"),)
        accounts = place.services.accounts
        for login, words in (("ann", "stacks in newco"), ("bo", "I don't know an organization newco")):
            token = SecretStr(place.sandbox.pulumi.token_of(login))
            await accounts.link(seed.ANN, token, await accounts.preview(token))
            shown = to_message(await place.asks("stack ls newco")).text
            assert words in shown


async def test_without_keys_the_command_says_what_to_add(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        card = await place.asks("link")
        assert card.title == "This bot can't keep tokens: it has no key to encrypt them with."
        assert "ENCRYPTION_KEYS=" in to_message(card).text


async def test_a_trigger_that_is_over_is_answered_with_a_button(tmp_path: Path) -> None:
    """Story 22."""
    async with scene(tmp_path) as one, aiohttp.ClientSession() as session:
        address = one.place.services.world.settings.slack_api_url
        client = AsyncWebClient(token=one.place.sandbox.slack.bot_token, base_url=f"{address}/", session=session)
        answers = Answers(one.place.desk, one.place.courier, one.tasks)
        linking = Linking(one.place.services.accounts, answers, Modals(client), session, one.tasks, clock=lambda: NOON)
        command = {"command": "/pulumi", "user_id": seed.ANN, "team_id": seed.TEAM, "channel_id": seed.PLATFORM}
        said = SlashCommand.model_validate({**command, "response_url": "http://127.0.0.1:1/", "trigger_id": "1.2.3"})
        draft = Draft(entry=CATALOGUE["link"], target=None, values={}, typed="link")
        with pytest.raises(NeedsLink) as refused:
            await linking.commanded(said, draft)
        assert worded(refused.value, None).buttons == (offer("whoami"),)


def files_in(folder: Path) -> list[bytes]:
    return [each.read_bytes() for each in folder.iterdir()]


async def test_the_canary_is_nowhere_but_encrypted_in_the_store(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In no log line of any library, no file, no view, no message, no row, no exception."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        async with scene(tmp_path) as one:
            token, wrong = one.token("ann"), "pul-canary-0badc0de"
            await one.types(wrong)
            await one.types("pul-canary with words")
            await one.confirms(await one.types(token))
            told = [await one.place.asks(line) for line in ("whoami", "trail", "trail verify", "link", "unlink")]
            rows = await SqlTrail(one.place.services.world.store.database).rows()
            await one.confirms(await one.types(token))
            one.place.sandbox.pulumi.world.tokens.clear()
            told.append(await one.place.asks("token ls"))
            with pytest.raises(ValidationError) as refused:
                Submission.model_validate({"user": {}, "view": {"state": {"values": {"token": token}}}})
            seen = [lines, caplog.text, one.left, [to_message(card) for card in told], rows, str(refused.value)]
            files = files_in(tmp_path)
    assert len(rows) == 2
    assert told[-1].title == "Pulumi refused your token"
    for canary in (token, wrong, "pul-canary with words"):
        assert canary not in str(seen)
        assert all(canary.encode() not in each for each in files)
    assert len(files) > 1


def test_a_token_that_was_typed_is_in_no_repr() -> None:
    said = submission(forms.TYPED, Kept(), seed.ANN, "pul-canary")
    assert "pul-canary" not in repr(said) + str(said) + repr(said.secret(forms.TOKEN))
    assert said.text(forms.TOKEN) == "pul-canary"


def test_a_new_token_of_the_same_person_takes_the_place_of_the_first() -> None:
    pending = Pending(lambda: NOON)
    first = pending.put("U1", SecretStr("one"))
    second = pending.put("U1", SecretStr("two"))
    assert pending.take(first, "U1") is None
    taken = pending.take(second, "U1")
    assert taken
    assert taken.token == SecretStr("two")


@pytest.mark.parametrize("line", ["", "x" * 2_001])
def test_a_line_that_no_button_can_carry_is_forgotten(line: str) -> None:
    assert offer(line).subject == "whoami"


def test_a_line_that_no_modal_can_carry_is_forgotten() -> None:
    assert Kept.model_validate_json(Kept(line='"' * 2_000).json_text()).line == "whoami"
    assert Kept.model_validate_json(Kept(line="x" * 2_000).json_text()).line == "x" * 2_000


HOSTILE = "<!channel> & *bold* " * 200


def test_every_form_is_within_slacks_limits_whatever_it_shows() -> None:
    kept = Kept(line="x" * 2_000, channel="C1", url="https://hooks.slack.com/" + "y" * 200, id="z" * 22)
    account = PulumiUser(login=HOSTILE, name=HOSTILE, organizations=(HOSTILE,) * 50)
    linked = Linked(user="U1", login=HOSTILE, name=HOSTILE, at=NOON)
    every = (
        forms.token_form(kept, Console("https://app.pulumi.com"), HOSTILE),
        forms.token_form(kept, Console(None)),
        forms.looking_form(),
        forms.again_form(kept, HOSTILE),
        forms.confirm_form(kept, "U1", account, linked, [linked] * 30),
        forms.linked_form(linked, kept),
        forms.over_form(kept),
    )
    for form in every:
        assert view_problems(to_view(form)) == [], form.title
