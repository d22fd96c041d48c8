"""The cause: the first real error, clean, at most eight lines, and honest words where there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cause import LENGTH, LINES, WIDTH, clip, is_cancellation, is_echo, squeeze
from bot.model import Result
from bot.plain import plain
from tests.unit.engine import STACK, Event, concluded, diagnostic, done, error, failed, pre, summary, violation

TRACEBACK = """Traceback (most recent call last):
  File "/app/__main__.py", line 12, in <module>
    bucket = aws.s3.Bucket("logs", acl=settings["acl"])
KeyError: 'acl'
"""
EXITED = diagnostic("an unhandled error occurred: Program exited with non-zero exit code: 1", urn=STACK)


@pytest.mark.parametrize(
    ("events", "lines"),
    [
        pytest.param(
            [pre("db"), error("db", "quota exceeded"), failed("db"), diagnostic("update failed"), summary("failed")],
            ["quota exceeded"],
            id="the error of the resource, not its echo",
        ),
        pytest.param(
            [
                diagnostic("resource monitor shut down while waiting on step's done channel", urn=STACK),
                diagnostic("update failed"),
                error("db", "error: no such class: db.t2.micro"),
            ],
            ["no such class: db.t2.micro"],
            id="the echoes may come first",
        ),
        pytest.param(
            [error("db", "1 error occurred:\n\t* creating RDS Instance (db): no such class\n\n")],
            ["creating RDS Instance (db): no such class"],
            id="Go's wrapping of one error",
        ),
        pytest.param(
            [
                error("db", "sdk-v2/provider2.go:515: sdk.helper_schema: creating RDS (db): no: provider=aws@6.22.0"),
                error("db", "1 error occurred:\n\t* creating RDS (db): no\n\n"),
            ],
            ["creating RDS (db): no"],
            id="the provider's log line says the same",
        ),
        pytest.param(
            [error("db", "2 errors occurred:\n\t* first\n\t* second\n")], ["first", "second"], id="two errors in one"
        ),
        pytest.param(
            [error("a", "no quota"), error("b", "no key")],
            ["aws:s3:Bucket a: no quota", "aws:s3:Bucket b: no key"],
            id="several resources are named",
        ),
        pytest.param(
            [error(name, "intentionally failed create") for name in "abc"],
            ["aws:s3:Bucket a: intentionally failed create", "the same for aws:s3:Bucket b, aws:s3:Bucket c"],
            id="one reason for several is said once",
        ),
        pytest.param(
            [violation(), error("db", "no quota"), summary("failed")],
            [
                "no quota",
                "policy no-public-buckets (security@1.2.0) on aws:s3:Bucket logs: The bucket must not be public.",
            ],
            id="an error of a resource before a policy",
        ),
        pytest.param(
            [diagnostic("update failed"), violation(), violation("soft", "advisory"), summary("failed")],
            ["policy no-public-buckets (security@1.2.0) on aws:s3:Bucket logs: The bucket must not be public."],
            id="a mandatory policy, not an advisory one",
        ),
        pytest.param(
            [violation(exceptions=[{"id": "1"}]), summary("failed")],
            ["The update failed; its events hold no error message."],
            id="an excepted violation is never the cause",
        ),
        pytest.param(
            [diagnostic("validating policy config", urn=STACK), diagnostic("update failed")],
            ["validating policy config"],
            id="an error of the stack",
        ),
        pytest.param(
            [
                *[diagnostic(f"{line}\n", "info#err", urn=STACK) for line in TRACEBACK.splitlines()],
                EXITED,
                summary("failed"),
            ],
            TRACEBACK.splitlines(),
            id="the traceback of a program that failed",
        ),
        pytest.param(
            [diagnostic(TRACEBACK, "info#err", urn=STACK), summary("failed")],
            TRACEBACK.splitlines(),
            id="a traceback in one piece and no error at all",
        ),
        pytest.param(
            [diagnostic("DeprecationWarning: old", "info#err", urn=STACK), EXITED, error("db", "no quota")],
            ["no quota"],
            id="what a program writes to stderr explains nothing beside a real error",
        ),
        pytest.param(
            [EXITED, summary("failed")],
            ["an unhandled error occurred: Program exited with non-zero exit code: 1"],
            id="an echo is better than nothing",
        ),
        pytest.param(
            [error("db", "rpc error: code = Unavailable desc = transport is closing"), EXITED],
            ["rpc error: code = Unavailable desc = transport is closing"],
            id="an echo of a resource before one of the stack",
        ),
        pytest.param(
            [error("db", "creating db: context canceled"), failed("web")],
            ["creating db: context canceled"],
            id="an echo of a resource before one that says nothing",
        ),
        pytest.param(
            [pre("db", "update"), failed("db", "update"), diagnostic("update failed"), summary("failed")],
            ["update of aws:s3:Bucket db failed; the engine gave no message"],
            id="a step that failed without a word",
        ),
        pytest.param(
            [{"errorEvent": {"error": "assertion failed: \x1b[31munexpected nil\x1b[0m"}}, summary("failed")],
            ["assertion failed: unexpected nil"],
            id="an internal error of the engine",
        ),
        pytest.param(
            [summary("failed")], ["The update failed; its events hold no error message."], id="no word at all"
        ),
        pytest.param([*done("db"), summary("succeeded")], [], id="a success needs no reason"),
        pytest.param(
            [pre("db"), summary()],
            ["Nothing failed, but 1 resource was left unfinished:", "creating aws:s3:Bucket db"],
            id="an unfinished success",
        ),
        pytest.param(
            [pre("db", "delete"), pre("web", "update"), diagnostic("update canceled"), summary("failed")],
            [
                "The update was cancelled; 2 resources were left unfinished:",
                "deleting aws:s3:Bucket db",
                "updating aws:s3:Bucket web",
            ],
            id="cancelled in the middle",
        ),
        pytest.param(
            [*done("db"), diagnostic("update canceled"), summary("failed")],
            ["The update was cancelled; no resource was left unfinished."],
            id="cancelled in time",
        ),
        pytest.param(
            [*done("db"), diagnostic("preview canceled"), summary("failed", isPreview=True)],
            ["The preview was cancelled; no resource was left unfinished."],
            id="a preview",
        ),
        pytest.param(
            [error("db", "no quota"), diagnostic("update canceled")],
            ["The update was cancelled.", "no quota"],
            id="cancelled after an error, and with events missing",
        ),
        pytest.param([], ["There are no events."], id="nothing"),
        pytest.param(
            [*done("db"), {"cancelEvent": {}}],
            ["The events end without a result: nothing says how the update ended."],
            id="cut off",
        ),
        pytest.param(
            [pre("db")],
            ["The events end without a result; 1 resource was left unfinished:", "creating aws:s3:Bucket db"],
            id="cut off in the middle",
        ),
    ],
)
def test_the_cause_is(events: list[Event], lines: list[str]) -> None:
    assert list(concluded(*events).cause) == lines


def test_a_failed_update_whose_events_were_lost_says_so() -> None:
    assert concluded(result=Result.FAILED).cause == (
        "The update failed; its events hold no error message. Some events are missing.",
    )


def test_a_running_update_tells_what_has_failed_so_far_and_nothing_else() -> None:
    assert concluded(pre("a"), error("b", "no quota"), over=False).cause == ("no quota",)
    assert concluded(pre("a"), over=False).cause == ()


def test_a_long_error_keeps_head_and_tail_and_leaves_room_for_the_others() -> None:
    long = "\n".join(f"line {number}" for number in range(40))
    alone = concluded(error("a", long), summary("failed")).cause
    assert (len(alone), alone[0], alone[-1]) == (LINES, "line 0", "line 39")
    assert any("more lines" in line for line in alone)
    one, two, *_, last = concluded(error("a", long), *[error(f"b{n}", "x" * n) for n in range(1, 9)]).cause
    assert (one, two, last) == ("aws:s3:Bucket a: line 0", "line 1", "… and 6 more")


def test_many_violations_are_counted_once_the_lines_are_used_up() -> None:
    cause = concluded(*[violation(f"p{number}") for number in range(20)], summary("failed")).cause
    assert len(cause) == LINES
    assert cause[-1] == "… and 13 more"


def test_many_unfinished_resources_are_counted_once_the_lines_are_used_up() -> None:
    cause = concluded(*[pre(f"r{number}") for number in range(20)], summary()).cause
    assert len(cause) == LINES
    assert cause[-1] == "… and 14 more"


def test_frames_go_before_anything_else_of_a_long_trace() -> None:
    trace = ["Error: boom", *[f"    at f{n} (/app/index.js:{n})" for n in range(30)], "  ^", "caused by: no key"]
    assert squeeze(trace, LINES) == ["Error: boom", "caused by: no key"]
    assert squeeze(trace[:4], LINES) == trace[:4]


def test_a_long_line_keeps_head_and_tail() -> None:
    clipped = clip("a" * 500 + "b" * 500)
    assert len(clipped) == WIDTH
    assert clipped.startswith("aaa")
    assert clipped.endswith("bbb")
    assert clip("short") == "short"


@pytest.mark.parametrize(
    "text",
    [
        "update failed",
        "preview failed",
        "update canceled",
        "BAIL: step executor errored",
        "Program exited with non-zero exit code: 255",
        "exit status 1",
        "resource monitor shut down while waiting on step's done channel",
        'rpc error: code = Canceled desc = "context canceled"',
        "rpc error: code = Unavailable desc = error reading from server: EOF",
        "one or more errors occurred",
    ],
)
def test_these_only_echo_another_error(text: str) -> None:
    assert is_echo(text)


@pytest.mark.parametrize(
    "text",
    [
        "the update failed because of the quota",
        "update of db failed",
        "One or more errors occurred. (No such host is known)",
        "an unhandled error occurred: rpc error: code = Unknown desc = bad wire format",
        "exit status 1: terraform: command not found",
    ],
)
def test_these_say_something(text: str) -> None:
    assert not is_echo(text)


@pytest.mark.parametrize(
    ("text", "cancelled"),
    [
        ("update canceled", True),
        ("<{%reset%}>preview cancelled.<{%reset%}>\n", True),
        ("error: destroy canceled", True),
        ("update canceled by the policy of the department", False),
        ("context canceled", False),
    ],
)
def test_only_the_engine_s_own_sentence_is_a_cancellation(text: str, *, cancelled: bool) -> None:
    assert is_cancellation(text) is cancelled


awkward = st.text(alphabet=st.sampled_from("<{%}>fg 1rest\x1b[m\n*:ae\u202e\ud800-"), max_size=60) | st.text(
    max_size=60
)


@given(st.lists(awkward, max_size=12), st.sampled_from(["error", "info#err", "warning"]))
def test_a_cause_is_short_clean_and_never_blank(texts: list[str], severity: str) -> None:
    events = [diagnostic(text, severity, urn=f"urn:pulumi:s::p::a:b:C::{text}") for text in texts]
    cause = concluded(*events, summary("failed")).cause
    assert 1 <= len(cause) <= LINES
    for line in cause:
        assert line.strip()
        assert "\n" not in line
        assert len(line) <= LENGTH
        assert plain(line) == line
