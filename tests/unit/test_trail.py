"""The trail's chain: whatever is changed, taken out, put in or moved shows; and rows say on whose word, no more."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot import steps
from bot.approvals import Step, Verdict
from bot.records import Record
from bot.trail import EMPTY, Break, Entry, Head, broken, entry, follow
from tests.unit.test_steps import ANN, BO, CY, NOON, WITHIN, ballot, executing, needing, request

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis
WORDS = st.text(max_size=20)
ENTRIES = st.lists(
    st.builds(Entry, at=MOMENTS, subject=WORDS, deed=WORDS, body=st.dictionaries(WORDS, WORDS, max_size=3)),
    min_size=1,
    max_size=8,
)


def chain(entries: Sequence[Entry]) -> tuple[list[Record], Head]:
    """The rows that a database would hold, at its precision, and the head beside them."""
    head, rows = EMPTY, []
    for each in entries:
        head = follow(head, each)
        at = each.at.replace(microsecond=each.at.microsecond // 1000 * 1000)
        rows.append(Record(seq=head.seq, at=at, subject=each.subject, deed=each.deed, body=each.text, hash=head.hash))
    return rows, head


@given(ENTRIES)
def test_what_was_written_is_whole(entries: list[Entry]) -> None:
    rows, head = chain(entries)
    assert broken(rows, head) is None


def test_a_trail_without_rows_is_whole() -> None:
    assert broken([], EMPTY) is None


@given(ENTRIES, st.data())
def test_any_change_of_a_row_is_found_there(entries: list[Entry], data: st.DataObject) -> None:
    rows, head = chain(entries)
    place = data.draw(st.integers(0, len(rows) - 1))
    row = rows[place]
    changed = data.draw(
        st.one_of(
            st.builds(lambda at: replace(row, at=at.replace(microsecond=0)), MOMENTS),
            st.builds(lambda text: replace(row, subject=text), WORDS),
            st.builds(lambda text: replace(row, deed=text), WORDS),
            st.builds(lambda text: replace(row, body=text), WORDS),
            st.builds(lambda text: replace(row, hash=text), st.text("0123456789abcdef", min_size=64, max_size=64)),
        )
    )
    assume(changed != row)
    found = broken([*rows[:place], changed, *rows[place + 1 :]], head)
    assert found
    assert found.seq == row.seq


@given(ENTRIES, st.data())
def test_any_missing_row_is_found(entries: list[Entry], data: st.DataObject) -> None:
    rows, head = chain(entries)
    place = data.draw(st.integers(0, len(rows) - 1))
    found = broken([*rows[:place], *rows[place + 1 :]], head)
    assert found
    assert found.seq == place + 1


@given(ENTRIES, st.data())
def test_an_end_that_was_cut_off_is_found(entries: list[Entry], data: st.DataObject) -> None:
    rows, head = chain(entries)
    kept = data.draw(st.integers(0, len(rows) - 1))
    found = broken(rows[:kept], head)
    assert found
    assert (found.seq, "there were" in found.text) == (kept + 1, True)


@given(ENTRIES, st.data())
def test_rows_in_another_order_are_found(entries: list[Entry], data: st.DataObject) -> None:
    rows, head = chain(entries)
    moved = data.draw(st.permutations(rows))
    assume(moved != rows)
    assert broken(moved, head)


@given(ENTRIES, st.data())
def test_contents_that_changed_places_are_found(entries: list[Entry], data: st.DataObject) -> None:
    """The rows keep their numbers and their hashes, only what they say is exchanged."""
    rows, head = chain(entries)
    one, other = data.draw(st.lists(st.sampled_from(rows), min_size=2, max_size=2))
    fields = ("at", "subject", "deed", "body")
    assume(any(getattr(one, name) != getattr(other, name) for name in fields))
    said = {
        one.seq: {name: getattr(other, name) for name in fields},
        other.seq: {name: getattr(one, name) for name in fields},
    }
    assert broken([replace(row, **said.get(row.seq, {})) for row in rows], head)


@given(ENTRIES, st.data())
def test_a_row_that_was_put_in_is_found(entries: list[Entry], data: st.DataObject) -> None:
    rows, head = chain(entries)
    forged, _ = chain([*entries, entries[0]])
    assert broken([*rows, forged[-1]], head)
    place = data.draw(st.integers(0, len(rows) - 1))
    assert broken([*rows[: place + 1], rows[place], *rows[place + 1 :]], head)


@given(ENTRIES)
def test_a_whole_other_chain_has_another_head(entries: list[Entry]) -> None:
    rows, head = chain([replace(entries[0], deed=entries[0].deed + "!"), *entries[1:]])
    _, kept = chain(entries)
    assert broken(rows, head) is None
    assert broken(rows, kept) == Break(len(rows), f"Row {len(rows)}, the last, is not the one that was written.")


def body_of(step: Step) -> dict[str, object]:
    body: dict[str, object] = json.loads(entry(step).text)
    return body


def test_story_19_a_row_says_who_what_and_on_whose_word() -> None:
    """The person, by Slack's id and Pulumi's login, the delivery, the votes that count, the call and its facts."""
    first = steps.vote(needing(2), ballot(BO, comment="checked"), within=WITHIN, source="trigger 7").request
    body = body_of(steps.vote(first, ballot(CY, comment="fine"), within=WITHIN, source="trigger 8"))
    assert (body["user"], body["login"], body["text"], body["source"]) == ("CY", "cy", "fine", "trigger 8")
    assert (body["line"], body["operation"], body["requester"]) == ("stack rm acme/shop/prod", "stack rm", "ANN")
    assert (body["state"], body["rule"], body["approvals_needed"]) == ("approved", "the default", 2)
    assert body["facts"] == [["version", "95"]]
    votes = body["votes"]
    assert isinstance(votes, list)
    assert [(vote["user"], vote["verdict"], vote["comment"]) for vote in votes] == [
        ("BO", "approve", "checked"),
        ("CY", "approve", "fine"),
    ]


def test_story_30_the_attempt_and_what_came_of_it_are_rows_of_their_own() -> None:
    sent = executing()
    done = steps.succeed(sent, NOON + timedelta(minutes=2), "It answers 404 now.")
    assert (entry(done).deed, entry(done).subject) == ("succeeded", "R-7F3KQ")
    assert (body_of(done)["sent_by"], body_of(done)["proof"]) == ("attempt", "It answers 404 now.")


def test_no_address_is_in_any_row() -> None:
    asked = steps.ask(request())
    no = steps.vote(asked.request, ballot(BO, Verdict.REJECT, comment="no"), within=WITHIN)
    for step in (asked, no, steps.withdraw(asked.request, ANN, NOON)):
        assert "@acme.dev" not in entry(step).text


def test_a_step_in_which_nothing_happened_has_no_row() -> None:
    with pytest.raises(ValueError, match="nothing happened"):
        entry(Step(request=request(), deed=None, at=NOON))


def test_any_text_can_be_stored_and_hashed() -> None:
    """Lone surrogates and NUL, which databases refuse, are written as ASCII."""
    said = Entry(at=NOON, subject="R", deed="asked", body={"text": "\ud800 \0 é"})
    assert said.text.isascii()
    assert follow(EMPTY, said).seq == 1
