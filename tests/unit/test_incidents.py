"""Incidents as values: what is one cause, what counts, what is late; and when a channel has too much to read."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import incidents
from bot.bursts import MOST, SPAN, Blow, Burst, mended, struck
from bot.card import Card
from bot.codec import decode, encode
from bot.incidents import Incident, Place, Stamp, cause_key
from bot.model import StackRef
from bot.services.hints import hint_for
from bot.services.incident_cards import ordinal
from tests.unit.engine import concluded, error, failed, pre, summary
from tests.unit.test_steps import NOON

PROD, DEV = StackRef("acme", "shop", "prod"), StackRef("acme", "shop", "dev")
CARD = Card("Update failed")


def stamp(version: int | None, minutes: int = 0) -> Stamp:
    at = NOON + timedelta(minutes=minutes or version or 0)
    return Stamp(update_id=f"id-{version}-{minutes}", version=version, label=f"v{version}", at=at)


def incident(version: int = 1) -> Incident:
    return incidents.opened(PROD, "why", stamp(version), CARD)


def cause_of(message: str, name: str = "main", stack: StackRef = PROD) -> str:
    return cause_key(stack, concluded(pre(name), failed(name), error(name, message), summary("failed")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("api error NoSuchBucket: request 4442587FB7D0A2F9", "api error NoSuchBucket: request 9B1F00AA17C3D2E4"),
        ("creating RDS DB Instance (main-3f2a9b1): no", "creating RDS DB Instance (main-a91c0d2): no"),
        (
            "after 30 s, RequestID: 0f6d0e52-52a4-4c0b-8b59-0f0a6f6f8f11",
            "after 41 s, RequestID: 9a6d0e52-52a4-4c0b-8b59-0f0a6f6f8f12",
        ),
        ("port 8080 is taken", "port 9090 is taken"),
    ],
)
def test_digits_and_ids_make_no_other_cause(one: str, other: str) -> None:
    assert cause_of(one) == cause_of(other)


def test_other_words_other_resources_other_stacks_are_other_causes() -> None:
    keys = {
        cause_of("no such bucket"),
        cause_of("no such key"),
        cause_of("no such bucket", "logs"),
        cause_of("no such bucket", stack=DEV),
        cause_key(PROD, None),
    }
    assert len(keys) == 5


@given(st.lists(st.integers(1, 30), min_size=1, max_size=60))
def test_failures_count_once_in_whatever_order_they_are_heard_of(versions: list[int]) -> None:
    found = incident(versions[0])
    for version in versions:
        found = incidents.again(found, stamp(version), Card(f"v{version}"))
    assert found.count == len(set(versions))
    assert found.latest.version == max(versions)
    assert found.first.version == min(versions)
    assert decode(Incident, encode(found)) == found


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_only_a_newer_success_fixes_and_nothing_older_opens_again(first: int, fix: int, late: int) -> None:
    found = incidents.fixed(incident(first), stamp(fix, 50))
    assert found.open is (fix <= first)
    if not found.open:
        assert incidents.late(found, stamp(late)) is (late <= fix)
        assert incidents.fixed(found, stamp(99)) == found
        assert not incidents.again(found, stamp(late), CARD).open


def test_without_versions_time_orders() -> None:
    found = incidents.opened(PROD, "why", stamp(None, 10), CARD)
    assert incidents.fixed(found, stamp(None, 5)).open
    assert not incidents.fixed(found, stamp(None, 15)).open


def test_what_is_no_longer_known_by_id_is_known_by_its_version() -> None:
    found = incident(1)
    for version in range(2, 120):
        found = incidents.again(found, stamp(version), CARD)
    assert len(found.updates) == 50
    assert incidents.again(found, stamp(3), CARD) == found
    assert found.count == 119


def test_people_take_it_wait_for_it_and_mute_it() -> None:
    found = incidents.shown(incident(), Place(channel="C1", key="k", thread="k"))
    assert incidents.taken(found, "U1").on_it == ("U1",)
    assert incidents.taken(incidents.taken(found, "U1"), "U1").on_it == ()
    assert incidents.awaited(incidents.awaited(found, "U1"), "U1").waiting == ("U1",)
    quiet = incidents.muted(found, "C1", "U1")
    assert quiet.places[0].muted_by == "U1"
    assert incidents.loud(quiet, "C1") == found
    assert incidents.fixed(quiet, stamp(2)).places[0].muted_by == ""
    assert incidents.muted(found, "C2", "U1") == found


def blow(number: int) -> Blow:
    return Blow(incident=f"i{number}", stack=PROD, label=f"v{number}", cause="no")


def test_more_than_ten_within_five_minutes_are_lines_until_it_is_quiet_again() -> None:
    burst, lines = Burst(), []
    for number in range(MOST + 3):
        burst, over = struck(burst, blow(number), NOON + timedelta(seconds=number))
        lines.append(over)
    assert lines == [False] * MOST + [True] * 3
    assert burst.start == NOON + timedelta(seconds=MOST)
    assert [each.incident for each in burst.blows] == ["i10", "i11", "i12"]
    assert decode(Burst, encode(burst)) == burst
    assert [each.fixed for each in mended(burst, "i11", "v20").blows] == ["", "v20", ""]
    burst, over = struck(burst, blow(99), NOON + SPAN + timedelta(seconds=30))
    assert (over, burst.start, burst.blows) == (False, None, ())


@given(st.lists(st.integers(0, 90), max_size=40))
def test_never_more_than_ten_messages_within_five_minutes(pauses: list[int]) -> None:
    burst, at, posted = Burst(), NOON, []
    for number, pause in enumerate(pauses):
        at += timedelta(seconds=pause)
        burst, over = struck(burst, blow(number), at)
        posted += [] if over else [at]
        assert sum(each > at - SPAN for each in posted) <= MOST


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("[409] Conflict: Another update is currently in progress.", "update-conflicts"),
        ("ExpiredToken: The security token included in the request is expired", "sts-iam-token-expired"),
        ("api error VpcLimitExceeded: The maximum number of VPCs has been reached.", "aws_service_limits"),
        ("DependencyViolation: resource sg-1 has a dependent object", "errors-overview"),
        ("AccessDenied: User: arn:… is not authorized to perform: iam:CreateRole", "troubleshoot_access-denied"),
    ],
)
def test_known_errors_have_a_hint_with_its_page(words: str, page: str) -> None:
    hint = hint_for([words])
    assert hint
    assert page in hint.page


def test_nothing_is_guessed_about_other_words() -> None:
    assert hint_for(["KeyError: 'staging'"]) is None
    assert hint_for([]) is None


def test_ordinals() -> None:
    numbers = (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)
    said = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]
    assert [ordinal(number) for number in numbers] == said


def test_a_place_is_replaced_by_the_newest() -> None:
    one, two = Place(channel="C1", key="a", thread="a"), Place(channel="C1", key="b", thread="b")
    found = incidents.shown(incidents.shown(incident(), one), two)
    assert found.places == (two,)
    assert replace(found, places=()).place("C1") is None
