"""Folding: rows, counts and failures; the same however the events arrive."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.updates import UpdateView, fold
from bot.verdict import conclude
from tests.unit.engine import (
    CANCELED,
    COMPONENT,
    COPY,
    LIVE,
    STACK,
    Event,
    concluded,
    diagnostic,
    done,
    error,
    failed,
    names,
    outputs,
    page,
    pages_view,
    pre,
    recorded,
    summary,
    urn,
    view,
    violation,
)


def test_the_summary_counts_and_zeros_are_left_out_and_unknown_ops_kept() -> None:
    changes = {"create": 0, "same": 12, "update-replace": 1, "frobnicate": 2, "read": 3}
    conclusion = concluded(*done("a"), summary(resourceChanges=changes))
    assert conclusion.counts == {"same": 12, "update-replace": 1, "frobnicate": 2, "read": 3}
    assert conclusion.unchanged == 12
    assert conclusion.changes == {"update-replace": 1, "frobnicate": 2}


REPLACED: dict[str, list[Event]] = {
    "new one first": [
        pre("db", "create-replacement", old=LIVE),
        outputs("db", "create-replacement", old=COPY),
        *done("db", "replace", old=COPY),
        *done("db", "delete-replaced", old=COPY, new=None),
    ],
    "old one first": [
        *done("db", "delete-replaced", old=LIVE, new=None),
        *done("db", "replace", old=LIVE),
        *done("db", "create-replacement", old=LIVE),
    ],
    "imported": [
        *done("db", "import-replacement"),
        *done("db", "replace", old=COPY),
        *done("db", "discard-replaced", old=COPY),
    ],
    "read": [
        *done("db", "read-replacement", old=LIVE),
        *done("db", "replace", old=COPY),
        *done("db", "delete-replaced", old=COPY),
    ],
}


@pytest.mark.parametrize("steps", REPLACED.values(), ids=REPLACED)
def test_a_replacement_is_one_row_and_one_change_in_every_order(steps: list[Event]) -> None:
    folded = view(*steps)
    assert len(folded.rows) == 1
    conclusion = conclude(folded)
    assert (conclusion.counts, conclusion.interrupted) == ({"replace": 1}, ())


def test_a_copy_left_by_an_earlier_update_is_a_row_of_its_own_beside_the_live_resource() -> None:
    folded = view(
        *done("db", "update", old={"id": "now", "custom": True}), pre("db", "delete-replaced", old=COPY, new=None)
    )
    assert conclude(folded).counts == {"update": 1}
    assert [(step.op, step.resource.name) for step in conclude(folded).interrupted] == [("delete-replaced", "db")]


def test_of_two_copies_only_the_one_this_replacement_leaves_behind_belongs_to_it() -> None:
    older = COPY | {"id": "old-2"}
    steps = [pre("db", "delete-replaced", old=older), *REPLACED["new one first"]]
    assert [step.op for step in concluded(*steps).interrupted] == ["delete-replaced"]
    late = [
        *REPLACED["new one first"][:4],
        pre("db", "delete-replaced", old=older),
        *done("db", "delete-replaced", old=COPY),
    ]
    assert [step.op for step in concluded(*late).interrupted] == ["delete-replaced"]


def test_a_refresh_counts_what_it_found_for_each_copy() -> None:
    older = COPY | {"id": "old-2"}
    conclusion = concluded(
        *[pre("db", "refresh", old=state, new=state) for state in (LIVE, COPY, older)],
        outputs("db", "same", old=older, new=older),
        outputs("db", "delete", old=LIVE, new=None),
        outputs("db", "delete", old=COPY, new=None),
    )
    assert conclusion.counts == {"delete": 2, "same": 1}
    assert conclusion.interrupted == ()


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ([*done("a"), *done("b"), *done("c", "same")], {"create": 2, "same": 1}),
        ([pre("a")], {}),
        ([pre("a"), failed("a")], {}),
        ([*done("a", "refresh"), *done("a", "update")], {"update": 1}),
        ([*done("a", "refresh")], {}),
        ([*done("a", "read")], {}),
        ([*done("a", "remove-pending-replace")], {}),
        ([*done("a", "frobnicate")], {"frobnicate": 1}),
        ([pre("a", **COMPONENT)], {"create": 1}),
        ([pre("a", **COMPONENT), outputs("a", **COMPONENT), outputs("a", **COMPONENT)], {"create": 1}),
        ([pre("a", **COMPONENT), failed("a", **COMPONENT)], {}),
        ([*done("a", "replace"), pre("a", "delete-replaced"), failed("a", "delete-replaced")], {"replace": 1}),
        ([outputs("a")], {"create": 1}),
        ([*done("a"), summary(resourceChanges=None)], {"create": 1}),
        ([*done("a"), summary(resourceChanges={})], {}),
    ],
)
def test_without_a_summary_resources_are_counted_by_their_last_logical_change(
    events: list[Event], counts: dict[str, int]
) -> None:
    assert concluded(*events).counts == counts


def test_a_resource_failed_by_its_step_or_by_an_error_for_its_urn_in_the_order_of_the_first_sign() -> None:
    conclusion = concluded(
        error("unseen", "will be destroyed but was not specified"),
        pre("a", "update"),
        error("a", "<{%reset%}>quota exceeded<{%reset%}>\n"),
        failed("a", "update"),
        pre("silent", "delete"),
        failed("silent", "delete"),
        *done("unseen", "delete"),
        diagnostic("careful", "warning", urn=urn("fine")),
        diagnostic("update failed"),
    )
    found = [(failure.resource.name, failure.op, failure.messages) for failure in conclusion.failures]
    assert found == [
        ("unseen", "delete", ("will be destroyed but was not specified",)),
        ("a", "update", ("quota exceeded",)),
        ("silent", "delete", ()),
    ]
    assert conclusion.diagnostics == {"error": 3, "warning": 1}
    assert conclusion.stack_errors == ("update failed",)
    assert conclusion.warnings == ("careful",)


def test_the_op_that_failed_stays_whatever_comes_later_and_the_event_s_type_wins() -> None:
    retyped = {"type": "x:y/z:Z"}
    conclusion = concluded(pre("a", "update", **retyped), failed("a", "update"), error("a", "late"), pre("a", "delete"))
    (failure,) = conclusion.failures
    assert (failure.op, str(failure.resource)) == ("update", "x:y:Z a")


def test_the_payload_that_the_type_names_is_folded() -> None:
    assert concluded(pre("a") | error("b", "no") | {"type": "diagnosticEvent"}).interrupted == ()


def test_equal_diagnostics_are_counted_each_and_shown_once() -> None:
    conclusion = concluded(*[error("a", "retrying")] * 3, error("a", "gave up"))
    assert conclusion.diagnostics == {"error": 4}
    assert [failure.messages for failure in conclusion.failures] == [("retrying", "gave up")]


def test_an_error_on_the_stack_is_an_error_of_the_stack_and_of_no_resource() -> None:
    conclusion = concluded(diagnostic("Running program failed", urn=STACK), summary("failed"))
    assert conclusion.stack_errors == ("Running program failed",)
    assert names(conclusion) == ["shop-prod"]


def test_a_flood_costs_no_memory_and_loses_no_failed_resource() -> None:
    folded = view(*[error(f"r{number}", "x" * 30_000) for number in range(700)])
    assert sum(len(note.text) for note in folded.errors) < 5_000_000
    conclusion = conclude(folded)
    assert len(conclusion.failures) == conclusion.diagnostics["error"] == 700


def test_the_program_s_last_words_are_kept() -> None:
    folded = view(*[diagnostic(f"line {number}\n", "info#err", urn=STACK) for number in range(1000)])
    assert conclude(folded).program_output[-1] == "line 999"
    assert len(folded.output) < 1000


resources = st.sampled_from(["a", "b", "c"])
operations = st.sampled_from(
    ["create", "update", "delete", "replace", "create-replacement", "delete-replaced", "refresh"]
)
states = st.sampled_from([None, LIVE, COPY, COPY | {"id": "old-2"}])
some_events = st.one_of(
    st.builds(
        lambda kind, name, op, old: kind(name, op, old=old),
        st.sampled_from([pre, outputs, failed]),
        resources,
        operations,
        states,
    ),
    st.builds(error, resources, st.sampled_from(["boom", "update failed", "quota"])),
    st.sampled_from([CANCELED, summary("failed"), summary(resourceChanges={"create": 1}), violation(), {}, {"x": {}}]),
)
streams = st.lists(some_events.map(dict), max_size=20)


@given(streams, st.data())
def test_pages_may_be_cut_anywhere(events: list[Event], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=5)))
    edges = zip([0, *cuts], [*cuts, len(events)], strict=True)
    pages = [page(*events[start:end], token=str(number)) for number, (start, end) in enumerate(edges)]
    assert conclude(pages_view(*pages)) == conclude(pages_view(page(*events)))


@given(streams, st.data())
def test_a_page_served_again_changes_nothing(events: list[Event], data: st.DataObject) -> None:
    pages = [page(*events[at : at + 4], token=str(at)) for at in range(0, len(events), 4)]
    again = [each for each in pages for _ in range(data.draw(st.integers(1, 3)))]
    late = data.draw(st.lists(st.sampled_from(pages), max_size=2)) if pages else []
    assert conclude(pages_view(*again, *late)) == conclude(pages_view(*pages))


@given(streams, st.data())
def test_numbered_events_served_again_change_nothing(events: list[Event], data: st.DataObject) -> None:
    numbered = recorded(*({**event, "sequence": 3 * number + 1} for number, event in enumerate(events)))
    once, again = UpdateView(), UpdateView()
    for position, event in enumerate(numbered):
        fold(once, event)
        fold(again, event)
        for replayed in data.draw(st.lists(st.sampled_from(numbered[: position + 1]), max_size=2)):
            fold(again, replayed)
    assert conclude(again) == conclude(once)


def test_a_batch_that_overtakes_another_is_not_taken_for_a_replay() -> None:
    events = recorded(*({**error("a", f"e{number}"), "sequence": number} for number in (5, 6, 2, 3, 6, 2)))
    folded = UpdateView()
    for event in events:
        fold(folded, event)
    assert folded.diagnostics == {"error": 4}


def test_pages_that_say_the_same_but_follow_each_other_both_count() -> None:
    twice = pages_view(page(error("a", "retry"), token="1"), page(error("a", "retry"), token="2"))
    assert twice.diagnostics == {"error": 2}


def test_an_empty_page_is_nothing() -> None:
    assert conclude(pages_view(page(token="1"), page())) == conclude(UpdateView())


@given(
    st.lists(st.dictionaries(st.sampled_from(["type", "sequence", "timestamp"]), st.integers() | st.text()), max_size=4)
)
def test_unknown_events_are_counted_and_harmless(envelopes: list[dict[str, Any]]) -> None:
    conclusion = concluded(*done("a"), *envelopes, {"newShinyEvent": {}}, {"type": "newShinyEvent"})
    assert conclusion.counts == {"create": 1}
    assert conclusion.events - conclusion.unknown_events == 2


@pytest.mark.parametrize(
    "kind", ["stdoutEvent", "preludeEvent", "progressEvent", "startDebuggingEvent", "policyLoadEvent", "cancelEvent"]
)
def test_noise_is_known_and_says_nothing(kind: str) -> None:
    conclusion = concluded({kind: {"message": "error: failed", "done": True}}, *done("a"), summary("succeeded"))
    assert (conclusion.events, conclusion.unknown_events, conclusion.cause) == (4, 0, ())
