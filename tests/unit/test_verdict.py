"""Concluding: how it ended, what is half-done, what the policies said; over Pulumi's own recordings as well."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.model import Result
from bot.recordings import decode_stream
from bot.updates import UpdateView, fold, fold_page
from bot.verdict import conclude
from tests.unit.engine import (
    CANCELED,
    COMPONENT,
    Event,
    as_rest,
    concluded,
    diagnostic,
    done,
    error,
    failed,
    names,
    page,
    pre,
    recordings,
    summary,
    violation,
)


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
