"""Folding and concluding: outcome, counts, failures, what is half-done; the same however the events arrive."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conclusions import Conclusion
from bot.model import Result
from bot.recordings import decode_stream
from bot.updates import UpdateView, fold, fold_page
from bot.urns import resource, short_type
from bot.verdict import conclude
from tests.unit.engine import (
    STACK,
    Event,
    as_rest,
    concluded,
    diagnostic,
    done,
    error,
    failed,
    outputs,
    page,
    pages_view,
    pre,
    recorded,
    recordings,
    summary,
    urn,
    view,
    violation,
)

COPY = {"id": "old-1", "custom": True, "delete": True}
LIVE = {"id": "old-1", "custom": True}
COMPONENT: dict[str, Any] = {"old": None, "new": {"id": ""}}
CANCELED = diagnostic("<{%reset%}>update canceled<{%reset%}>\n")


def names(conclusion: Conclusion) -> list[str]:
    return [failure.resource.name for failure in conclusion.failures]


# ── how it ended ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("events", "said", "outcome"),
    [
        ([summary("succeeded")], None, Result.SUCCEEDED),
        ([summary("failed")], None, Result.FAILED),
        ([summary("canceled")], None, Result.CANCELLED),
        ([summary("succeeded")], Result.FAILED, Result.FAILED),
        ([summary("failed")], Result.CANCELLED, Result.CANCELLED),
        ([summary("failed"), CANCELED], None, Result.CANCELLED),
        ([summary("failed"), CANCELED], Result.FAILED, Result.CANCELLED),
        ([summary(), CANCELED], None, Result.CANCELLED),
        ([CANCELED], None, Result.CANCELLED),
        ([summary("failed"), diagnostic("preview canceled")], None, Result.CANCELLED),
        ([summary("failed"), error("a", "the request was canceled by the peer")], None, Result.FAILED),
        ([summary()], None, Result.SUCCEEDED),
        ([summary(""), *done("a")], None, Result.SUCCEEDED),
        ([summary("marvellous"), failed("a")], None, Result.FAILED),
        ([summary(), pre("a"), failed("a")], None, Result.FAILED),
        ([summary(), error("a", "boom")], None, Result.FAILED),
        ([summary(), {"errorEvent": {"error": "boom"}}], None, Result.FAILED),
        ([summary(), violation()], None, Result.FAILED),
        ([summary(), violation(level="remediate")], None, Result.FAILED),
        ([summary(), violation(level="advisory")], None, Result.SUCCEEDED),
        ([summary(), violation(exceptions=[{"id": "1", "reason": "demo"}])], None, Result.SUCCEEDED),
        ([summary("succeeded"), violation()], None, Result.SUCCEEDED),
        ([summary("succeeded"), error("a", "boom")], None, Result.SUCCEEDED),
        ([summary("succeeded"), CANCELED], None, Result.SUCCEEDED),
        ([summary(), diagnostic("careful", "warning"), diagnostic("oh", "info#err")], None, Result.SUCCEEDED),
        ([summary(), diagnostic("gone in a second", ephemeral=True)], None, Result.SUCCEEDED),
        ([*done("a"), {"cancelEvent": {}}], None, Result.UNKNOWN),
        ([*done("a")], Result.SUCCEEDED, Result.SUCCEEDED),
        ([*done("a")], Result.RUNNING, Result.UNKNOWN),
        ([], None, Result.UNKNOWN),
    ],
)
def test_the_api_says_how_it_ended_then_the_summary_then_the_errors(
    events: list[Event], said: Result | None, outcome: Result
) -> None:
    assert concluded(*events, result=said).outcome is outcome


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (None, Result.RUNNING),
        (Result.RUNNING, Result.RUNNING),
        (Result.NOT_STARTED, Result.NOT_STARTED),
        (Result.UNKNOWN, Result.UNKNOWN),
        (Result.FAILED, Result.FAILED),
    ],
)
def test_until_the_api_says_so_nothing_is_over_not_even_with_a_summary(said: Result | None, outcome: Result) -> None:
    assert concluded(*done("a"), summary("failed"), result=said, over=False).outcome is outcome


# ── how much changed ──────────────────────────────────────────────────────────────────────────────────────────────


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


# ── what failed ───────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── what is half-done ─────────────────────────────────────────────────────────────────────────────────────────────


def test_begun_and_not_ended_is_interrupted_once_over_but_not_a_component_nor_a_failure() -> None:
    events = [pre("a"), pre("part", **COMPONENT), pre("c", "update"), failed("c", "update"), pre("d"), error("d", "no")]
    conclusion = concluded(*events, *done("e"), summary("failed"))
    assert [(step.op, step.resource.name) for step in conclusion.interrupted] == [("create", "a")]
    assert conclusion.running == ()


def test_begun_and_not_ended_runs_until_it_is_over() -> None:
    conclusion = concluded({**pre("a"), "timestamp": 1_700_000_000}, *done("b"), over=False)
    assert [(step.op, step.resource.name, step.started) for step in conclusion.running] == [
        ("create", "a", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC))
    ]
    assert conclusion.interrupted == ()


def test_what_the_api_calls_final_is_over() -> None:
    conclusion = concluded(pre("a"), result=Result.FAILED, over=False)
    assert (len(conclusion.interrupted), conclusion.running, conclusion.incomplete) == (1, (), True)


@pytest.mark.parametrize("timestamp", [0, 1e18, -1e18])
def test_a_time_that_is_none_is_not_shown(timestamp: float) -> None:
    (step,) = concluded({**pre("a"), "timestamp": timestamp}, over=False).running
    assert step.started is None


def test_where_it_succeeded_a_missing_end_is_a_lost_event_and_not_an_interruption() -> None:
    lost = concluded(pre("a"), summary("succeeded"))
    assert (lost.interrupted, lost.incomplete) == ((), True)
    silent = concluded(pre("a"), summary())
    assert (len(silent.interrupted), silent.incomplete) == (1, False)


@pytest.mark.parametrize(
    ("events", "over", "incomplete"),
    [([], False, False), ([], True, True), ([summary("failed")], True, False), (done("a"), True, True)],
)
def test_an_end_without_a_summary_means_that_events_are_missing(
    events: list[Event], *, over: bool, incomplete: bool
) -> None:
    assert concluded(*events, over=over).incomplete is incomplete


@pytest.mark.parametrize(
    ("events", "seconds"),
    [
        ([summary(durationSeconds=502)], 502),
        ([{"cancelEvent": {}, "timestamp": 100}, summary(durationSeconds=502) | {"timestamp": 107}], 502),
        ([{"cancelEvent": {}, "timestamp": 100}, summary(durationSeconds=0) | {"timestamp": 107}], 7),
        ([{"cancelEvent": {}, "timestamp": 107}, {"cancelEvent": {}, "timestamp": 100}], 7),
        ([summary(durationSeconds=0)], 0),
        ([summary(durationSeconds=1.5)], 1.5),
        ([summary(durationSeconds=None)], 0),
        (done("a"), 0),
    ],
)
def test_the_summary_times_the_update_and_without_it_the_first_and_last_event(
    events: list[Event], seconds: float
) -> None:
    assert (concluded(*events).duration_seconds or 0) == seconds


def test_without_any_time_there_is_no_duration() -> None:
    assert concluded(*done("a")).duration_seconds is None


def test_a_preview_is_known_by_its_summary_or_by_its_planning() -> None:
    planned = pre("a")
    planned["resourcePreEvent"]["planning"] = True
    assert concluded(planned).preview
    assert concluded(summary(isPreview=True)).preview
    assert not concluded(planned, summary(isPreview=False)).preview


# ── policies ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_policies_are_kept_apart_by_what_they_do() -> None:
    waived: dict[str, Any] = {"exceptions": [{"id": "1", "reason": "until\x1b[31m May"}, {"id": "2", "reason": "demo"}]}
    remediation = {"policyRemediationEvent": violation("tagged")["policyEvent"] | {"enforcementLevel": None}}
    policies = concluded(
        violation("must"),
        violation("should", "advisory", severity="low"),
        violation("waived", **waived),
        violation("waived too", exception={"id": "3"}),
        violation("shy", "disabled"),
        violation("not waived", exceptions=[]),
        remediation,
        summary("failed"),
    ).policies
    assert [found.policy for found in policies.mandatory] == ["must", "not waived"]
    assert [(found.policy, found.level) for found in policies.advisory] == [("should", "advisory"), ("shy", "disabled")]
    assert [(found.policy, found.waiver) for found in policies.excepted] == [
        ("waived", "until May; demo"),
        ("waived too", ""),
    ]
    assert [found.policy for found in policies.remediated] == ["tagged"]
    must = policies.mandatory[0]
    assert (must.pack, must.version, must.message) == ("security", "1.2.0", "The bucket must not be public.")
    assert str(must) == "policy must (security@1.2.0) on aws:s3:Bucket logs: The bucket must not be public."


def test_a_policy_on_the_whole_stack_names_no_resource() -> None:
    finding = violation("cheap", resourceUrn=None, policyPackVersionTag="", policyPackVersion="", message="")
    assert str(concluded(finding).policies.mandatory[0]) == "policy cheap (security): violated"


# ── the same however the events arrive ────────────────────────────────────────────────────────────────────────────

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


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("urn", "type_", "name"),
    [
        ("urn:pulumi:s::p::a:b:C::n", "a:b:C", "n"),
        ("urn:pulumi:s::p::a:b:C$d:e:F::n", "d:e:F", "n"),
        ('urn:pulumi:s::p::a:b:C::a::b$c "q" <x>|&\\', "a:b:C", 'a::b$c "q" <x>|&\\'),
        ("urn:pulumi:s::p::a:b:C::", "a:b:C", ""),
        ("urn:pulumi:s::p", "", "urn:pulumi:s::p"),
        ("a::b::c::d", "", "a::b::c::d"),
        ("", "", ""),
        ("urn:pulumi:s::p::a:b:C::two\nlines\x07", "a:b:C", "two lines"),
    ],
)
def test_a_urn_gives_type_and_whole_name_and_what_is_none_is_shown(urn: str, type_: str, name: str) -> None:
    found = resource(urn)
    assert (found.urn, found.type, found.name) == (urn, type_, name)


def test_the_type_an_event_names_wins() -> None:
    assert str(resource("urn:pulumi:s::p::a:b:C::n", "x:y/z:Z")) == "x:y:Z n"


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("aws:s3/bucket:Bucket", "aws:s3:Bucket"),
        ("aws:s3/bucketV2:BucketV2", "aws:s3:BucketV2"),
        ("aws:s3/other:Bucket", "aws:s3/other:Bucket"),
        ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:Deployment"),
        ("pulumi:pulumi:Stack", "pulumi:pulumi:Stack"),
        ("pulumi-python:dynamic:Resource", "pulumi-python:dynamic:Resource"),
        ("my:component:WebService", "my:component:WebService"),
        ("odd", "odd"),
        ("", ""),
        ("a:b/:", "a:b/:"),
    ],
)
def test_a_type_is_shortened_only_where_its_file_repeats_its_name(long: str, short: str) -> None:
    assert short_type(long) == short


# ── Pulumi's own recordings ───────────────────────────────────────────────────────────────────────────────────────


def test_every_recorded_stream_has_its_outcome_counts_failures_and_half_done_resources() -> None:
    found = {}
    for path in recordings():
        folded = UpdateView()
        for event in decode_stream(path.read_bytes()):
            fold(folded, event)
        conclusion = conclude(folded)
        assert conclusion.counts == ((folded.summary and folded.summary.resource_changes) or {}), path.name
        left = [step.resource.name for step in conclusion.interrupted]
        found[path.stem] = (conclusion.outcome.value, names(conclusion), left)
    assert found == {
        "cancelled": ("cancelled", [], []),
        "diagnostics-flood": ("failed", ["resA"], []),
        "error-no-prelude-no-summary": ("failed", ["resA"], []),
        "failed-by-policy-only": ("failed", [], []),
        "failed-no-diagnostic": ("failed", ["test-x"], []),
        "interrupted": ("succeeded", [], ["interrupted-instance", "interrupted-db"]),
        "large-components-mostly-unchanged": ("succeeded", [], []),
        "one-replacement-three-steps": ("succeeded", [], []),
        "pretty-printed": ("succeeded", [], []),
        "program-error-no-resources": ("failed", [], []),
        "refresh-finds-deletes": ("succeeded", [], []),
        "slow-create": ("succeeded", [], []),
    }


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_recorded_stream_over_rest_says_the_same(size: int) -> None:
    for path in recordings():
        events = [event for event in decode_stream(path.read_bytes()) if event.kind != "cancelEvent"]
        read, served = UpdateView(), UpdateView()
        for event in events:
            fold(read, event)
        for at in range(0, len(events), size):
            part = [as_rest(event) for event in events[at : at + size]]
            fold_page(served, page(*part, token=str(at)))
        assert conclude(served) == conclude(read), path.name
