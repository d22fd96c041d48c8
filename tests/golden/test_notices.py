"""Golden Block Kit of all that a channel is told of updates and stacks, each made by the steps that lead to it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from bot import incidents
from bot.bursts import Blow, Burst, mended, struck
from bot.card import Card, Group, User
from bot.conclusions import Conclusion
from bot.console import Console
from bot.explain import main
from bot.happenings import Kind
from bot.incidents import Incident, Place, Stamp
from bot.model import Commit, Person, Result, StackRef, UpdateInfo
from bot.operations import Scene
from bot.operations.reports import Report
from bot.operations.update_card import verdict
from bot.recordings import decode_stream
from bot.services.details import details_card
from bot.services.incident_cards import again_card, burst_card, fixed_card, incident_card, late_card
from bot.services.notices import Story, created_card, deleted_card, failed_card, recovered_card, short_card
from bot.slack.blocks import to_message
from bot.updates import UpdateView, fold
from bot.verdict import conclude
from sandbox.slack.blocks import problems
from tests.unit.engine import concluded, done, error, failed, pre, summary, violation
from tests.unit.second_opinion import opinion
from tests.unit.test_steps import NOON

STREAMS = sorted((Path(__file__).parent.parent / "streams").iterdir())
PROD = StackRef("acme", "shop", "prod")
SCENE = Scene(now=NOON, console=Console("https://app.pulumi.com"))
ANN, BO = "U0ANN00001", "U0BO000002"
SRE = Group("S0SRE00001", "sre")
SHOP = "https://github.com/acme/shop"


def update(version: int = 96, result: Result = Result.FAILED, **more: Any) -> UpdateInfo:
    known: dict[str, Any] = {
        "stack": PROD,
        "update_id": f"{version:08}-0000-4000-8000-000000000000",
        "version": version,
        "kind": "update",
        "preview": False,
        "result": result,
        "started": NOON - timedelta(minutes=100 - version),
        "ended": NOON - timedelta(minutes=100 - version) + timedelta(seconds=134),
        "message": "bump rds class",
        "requested_by": Person("ann", "Ann Sato"),
        "commit": Commit(sha=f"abc{version}d5678", url=f"{SHOP}/commit/abc{version}d5678", branch="main"),
        "environment": {
            "ci.system": "GitHub Actions",
            "ci.build.number": "288",
            "ci.build.url": f"{SHOP}/actions/runs/1",
            "ci.pr.number": "412",
        },
    }
    return UpdateInfo(**{**known, **more})


GOOD = update(94, Result.SUCCEEDED, changes={"update": 1, "same": 11})
FAILURE = concluded(
    *done("a"),
    *done("b", "update"),
    pre("main"),
    failed("main"),
    error("main", "api error InvalidParameterCombination: RDS does not support class db.t2.micro\n"),
    summary("failed", resourceChanges={"create": 3, "same": 12}),
)
CUT = concluded(
    pre("main", "delete"),
    failed("main", "delete"),
    error("main", "DependencyViolation: resource sg-1 has a dependent object"),
    pre("logs", "delete"),
    summary("failed", maybeCorrupt=True, resourceChanges={"delete": 4}),
)
REFUSED = concluded(
    *(violation(f"policy-{number}") for number in range(7)),
    violation("tags", "advisory"),
    summary("failed", resourceChanges={"same": 6}),
)
SEVERAL = concluded(
    *(
        event
        for name in "abcdefghij"
        for event in (pre(name), failed(name), error(name, f"{name} is refused\nat once"))
    ),
    error("a", "and once more"),
    *(violation(f"policy-{number}") for number in range(3)),
    summary("failed"),
)
STORY = Story(update=update(), found=FAILURE, author=User(ANN), called=(SRE,), owners=("payments",), last_good=GOOD)
DESTROYED = replace(STORY, update=update(kind="destroy"), found=CUT)


def stamp(version: int) -> Stamp:
    this = update(version)
    return Stamp(
        update_id=this.update_id or "",
        version=version,
        label=f"v{version}",
        at=this.ended or NOON,
        url=SCENE.console.update(this) or "",
    )


PLACE = Place(channel="C0PLATFRM2", key="k", thread="k")
FIRST = incidents.shown(incidents.opened(PROD, "why", stamp(96), failed_card(STORY, SCENE)), PLACE)
THIRD = incidents.again(
    incidents.again(FIRST, stamp(97), FIRST.card), stamp(98), failed_card(replace(STORY, update=update(98)), SCENE)
)
HANDLED = incidents.awaited(incidents.taken(incidents.muted(THIRD, PLACE.channel, BO), ANN), BO)
FIXED = incidents.fixed(incidents.taken(THIRD, ANN), stamp(99))


def shown(incident: Incident) -> Card:
    return incident_card(incident, incident.place(PLACE.channel))


def preview(result: Result, **more: Any) -> UpdateInfo:
    return update(result=result, preview=True, kind="preview", **more)


def burst() -> Burst:
    found = Burst()
    for number in range(13):
        stack = replace(PROD, stack=f"prod-{number}")
        blow = Blow(incident=f"i{number}", stack=stack, label="v7", cause="api error ServiceUnavailable")
        found, _ = struck(found, blow, NOON + timedelta(seconds=number))
    return found


SUMMED = burst()
MENDED = mended(mended(mended(SUMMED, "i10", "v8"), "i11", "v8"), "i12", "v9")

CARDS: Mapping[str, Card] = {
    "failed": shown(FIRST),
    "failed, nothing known": failed_card(Story(update=update(commit=None, environment={}, requested_by=None)), SCENE),
    "failed by policy": failed_card(replace(STORY, found=REFUSED), SCENE),
    "failed destroy, maybe corrupt": failed_card(DESTROYED, SCENE),
    "failed for the third time": shown(THIRD),
    "failed, somebody is on it, muted, awaited": shown(HANDLED),
    "failed again, in the thread": again_card(THIRD, stamp(98)),
    "failed, one by one, in the thread": details_card(replace(STORY, found=SEVERAL)) or Card("nothing"),
    "failed before the fix": late_card(FIXED, stamp(95)),
    "fixed": shown(FIXED),
    "fixed, in the thread": fixed_card(FIXED),
    "recovered without a word before": recovered_card(Story(update=GOOD), SCENE),
    "started": short_card(Kind.STARTED, Story(update=update(result=Result.RUNNING, ended=None)), SCENE),
    "succeeded": short_card(Kind.SUCCEEDED, Story(update=GOOD), SCENE),
    "canceled": short_card(Kind.CANCELED, Story(update=update(result=Result.CANCELLED), found=CUT), SCENE),
    "destroyed": short_card(Kind.DESTROYED, Story(update=replace(GOOD, kind="destroy")), SCENE),
    "refreshed": short_card(Kind.REFRESHED, Story(update=replace(GOOD, kind="refresh")), SCENE),
    "stuck": short_card(Kind.STUCK, Story(update=update(result=Result.RUNNING, ended=None)), SCENE),
    "preview": short_card(Kind.PREVIEWS, Story(update=preview(Result.SUCCEEDED, changes={"create": 2})), SCENE),
    "failed preview": short_card(Kind.PREVIEWS, replace(STORY, update=preview(Result.FAILED)), SCENE),
    "created": created_card(PROD, SCENE),
    "deleted": deleted_card(PROD),
    "deleted, subscribed to here": deleted_card(PROD, ["acme/shop/prod"]),
    "too many at once": burst_card(SUMMED),
    "too many at once, one fixed": burst_card(mended(SUMMED, "i11", "v8")),
    "too many at once, all fixed": burst_card(MENDED),
}


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def message(card: Card) -> dict[str, Any]:
    """What Slack gets, once both linters have nothing against it."""
    made = to_message(card)
    assert problems(made.blocks) == []
    assert opinion(made.blocks) is None
    return {"text": made.text.splitlines(), "blocks": made.blocks}


@pytest.mark.parametrize("name", CARDS)
def test_card(name: str, golden: SnapshotAssertion) -> None:
    assert golden == message(CARDS[name])


def test_the_first_words_say_the_state() -> None:
    words = {name: card.title.split(" · ")[0] for name, card in CARDS.items()}
    assert words["failed"] == "Update failed"
    assert words["failed destroy, maybe corrupt"] == "Destroy failed, its state may be corrupt"
    assert words["failed preview"] == "Preview failed"
    assert words["fixed"] == "Fixed"
    assert words["fixed, in the thread"] == "Recovered"
    assert words["too many at once"] == "Failed: 3 more failed"


def test_a_preview_calls_nobody_and_a_change_calls_whom_the_tags_name() -> None:
    assert "usergroup" in str(message(CARDS["failed"])["blocks"])
    assert "usergroup" not in str(message(CARDS["failed preview"])["blocks"])


@pytest.mark.parametrize("path", STREAMS, ids=[path.stem for path in STREAMS])
def test_explain_why_and_the_notice_give_the_same_cause(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One conclusion, three mouths: the command line, the command in Slack, the message in the channel."""
    view = UpdateView()
    for event in decode_stream(path.read_bytes()):
        fold(view, event)
    found = conclude(view)
    assert main([str(path)]) == 0
    explained = " ".join(capsys.readouterr().out.split())
    told = to_message(failed_card(replace(STORY, found=found), SCENE)).text
    why = to_message(verdict(Report(update=update(), found=found), SCENE)).text
    assert bool(found.cause) is (found.outcome is Result.FAILED)
    for line in found.cause:
        assert " ".join(line.split()) in explained
        assert line in _unescaped(told)
        assert line in _unescaped(why)


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


LONG = ("x" * 30_000, "\N{WOMAN}\u200d\N{GIRL}" * 2_000, "<!channel> <@U0ANN00001> & `b` *c* " * 900)


@pytest.mark.parametrize("text", LONG)
def test_whatever_others_write_and_however_much_fits_and_calls_nobody(text: str) -> None:
    """Cases 14 and 15: errors, names, messages at their longest; nothing in them becomes a mention or a link."""
    many = [event for number in range(102) for event in (failed(f"r{number}"), error(f"r{number}", text))]
    found = concluded(*many, violation("p", message=text), summary("failed"))
    this = update(message=text, requested_by=Person("ann", text), environment={"ci.system": text, "ci.pr.number": text})
    story = Story(update=this, found=found, owners=(text,), last_good=GOOD)
    told = incidents.opened(PROD, "why", stamp(96), failed_card(story, SCENE))
    cards = [incident_card(told), incident_card(incidents.fixed(told, stamp(99))), again_card(told, stamp(97))]
    cards += [each for each in [details_card(story)] if each]
    cards += [short_card(kind, story, SCENE) for kind in Kind]
    for card in cards:
        made = to_message(card)
        assert problems(made.blocks) == []
        assert len(made.text) <= 4_000
        assert '"type": "user"' not in str(made.blocks)
        assert "<!channel>" not in made.text
        assert "<@U0ANN00001>" not in made.text


def test_a_burst_of_any_size_fits() -> None:
    blows = tuple(
        Blow(incident=f"i{number}", stack=replace(PROD, stack="s" * 100), label=f"v{number}", cause="x" * 150)
        for number in range(200)
    )
    made = to_message(burst_card(Burst(start=NOON, blows=blows)))
    assert problems(made.blocks) == []
    assert "and 160 more" in str(made.blocks)
    assert len(made.text) <= 4_000


def test_conclusions_without_anything_are_told_all_the_same() -> None:
    empty = Conclusion(outcome=Result.FAILED, counts={}, incomplete=True)
    assert details_card(STORY) is None, "the card says it all"
    assert "has holes" in to_message(failed_card(Story(update=update(), found=empty), SCENE)).text
