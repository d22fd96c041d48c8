"""`python -m bot explain`, from the outside: what it prints, what it returns, what it leaves alone."""

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.explain import main
from tests.unit.engine import recordings

REPO = Path(__file__).parents[2]
STREAMS = REPO / "tests" / "streams"
FIELDS = [
    "file",
    "outcome",
    "counts",
    "failed",
    "interrupted",
    "policy_violations",
    "diagnostics",
    "cause",
    "duration_seconds",
    "events",
    "unknown_events",
]

Capture = pytest.CaptureFixture[str]


def explained(capsys: Capture, *names: str) -> list[dict[str, Any]]:
    assert main(["--json", *names]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [json.loads(line) for line in out.splitlines()]


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "explain", *arguments], cwd=REPO, capture_output=True, check=False, **options
    )


def test_json_gives_one_object_for_each_file_with_the_fields_that_were_promised(capsys: Capture) -> None:
    names = [str(path) for path in sorted(STREAMS.iterdir())]
    answers = explained(capsys, *names)
    assert [answer["file"] for answer in answers] == names
    assert all(list(answer) == FIELDS for answer in answers)


def test_a_provider_s_error_over_rest(capsys: Capture) -> None:
    network = "urn:pulumi:prod::shop::shop:net:Network$aws:rds/instance:Instance::main"
    (answer,) = explained(capsys, str(STREAMS / "provider-fails.json"))
    assert answer == {
        "file": str(STREAMS / "provider-fails.json"),
        "outcome": "failed",
        "counts": {},
        "failed": [network],
        "interrupted": ["urn:pulumi:prod::shop::aws:s3/bucket:Bucket::logs"],
        "policy_violations": [],
        "diagnostics": {"error": 3},
        "cause": [
            (
                "creating RDS DB Instance (main): InvalidParameterCombination: "
                "RDS does not support creating a DB instance with class db.t2.micro"
            )
        ],
        "duration_seconds": 5,
        "events": 8,
        "unknown_events": 1,
    }


def test_a_program_that_fails_before_any_resource(capsys: Capture) -> None:
    (answer,) = explained(capsys, str(STREAMS / "program-fails.jsonl"))
    assert answer["outcome"] == "failed"
    assert answer["cause"][-1] == "KeyError: 'API_TOKEN'"
    assert answer["diagnostics"] == {"debug": 1, "info#err": 3, "error": 1}


def test_an_excepted_violation_is_told_and_is_no_failure(capsys: Capture) -> None:
    (answer,) = explained(capsys, str(STREAMS / "policy-excepted.jsonl"))
    assert (answer["outcome"], answer["cause"]) == ("succeeded", [])
    assert answer["policy_violations"] == [
        {
            "policy": "no-public-buckets",
            "pack": "security",
            "version": "1.2.0",
            "level": "mandatory",
            "severity": "high",
            "resource": "urn:pulumi:prod::shop::aws:s3/bucket:Bucket::logs",
            "message": "The bucket must not be public.",
            "excepted": True,
            "reason": "public downloads",
        }
    ]


def test_people_get_the_cause_first_and_then_the_details(capsys: Capture) -> None:
    assert main([str(STREAMS / "provider-fails.json")]) == 0
    head, cause, *details = capsys.readouterr().out.splitlines()
    assert head.endswith("provider-fails.json: failed after 5 s")
    assert cause.startswith("  creating RDS DB Instance (main): InvalidParameterCombination")
    assert details == [
        "  failed      aws:rds:Instance main (create)",
        "  unfinished  updating aws:s3:Bucket logs",
        "  diagnostics 3 errors",
        "  note        events are missing, so this may not be everything",
        "              1 event of a kind not known here",
    ]


def test_what_the_cause_says_is_not_said_again(capsys: Capture, tmp_path: Path) -> None:
    finding = {"policyName": "p", "policyPackName": "k", "message": "m", "enforcementLevel": "mandatory"}
    (tmp_path / "up.json").write_text(json.dumps([{"policyEvent": finding}, {"summaryEvent": {"result": "failed"}}]))
    main([str(tmp_path / "up.json")])
    assert capsys.readouterr().out.count("policy p (k): m") == 1


def test_a_preview_has_changed_nothing_yet(capsys: Capture, tmp_path: Path) -> None:
    changes = {"create": 1, "same": 2, "frobnicate": 3}
    event = {"summaryEvent": {"isPreview": True, "result": "succeeded", "resourceChanges": changes}}
    (tmp_path / "preview.json").write_text(json.dumps(event))
    main([str(tmp_path / "preview.json")])
    out = capsys.readouterr().out
    assert ": preview succeeded" in out
    assert "1 to create, 2 unchanged, 3 to frobnicate" in out


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "after 0 s"), (59.6, "after 1 min"), (502, "after 8 min 22 s"), (7322, "after 2 h 2 min 2 s")],
)
def test_durations_are_worded_for_people(capsys: Capture, tmp_path: Path, seconds: float, words: str) -> None:
    (tmp_path / "up.json").write_text(json.dumps({"summaryEvent": {"durationSeconds": seconds, "maybeCorrupt": True}}))
    main([str(tmp_path / "up.json")])
    out = capsys.readouterr().out
    assert out.splitlines()[0].endswith(f"succeeded {words}")
    assert "the state may be corrupt" in out


def test_long_lists_end_with_how_many_more(capsys: Capture, tmp_path: Path) -> None:
    urns = [f"urn:pulumi:s::p::a:b:C::r{number}" for number in range(30)]
    events = [{"diagnosticEvent": {"urn": urn, "message": "no", "severity": "error"}} for urn in urns]
    (tmp_path / "up.json").write_text(json.dumps(events))
    main([str(tmp_path / "up.json")])
    assert "… and 10 more" in capsys.readouterr().out


def test_what_can_not_be_read_gets_a_line_and_the_other_files_their_answer(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "log.txt").write_text("Updating (prod)\n")
    (tmp_path / "error.json").write_text('{"code":404,"message":"Not Found: Update"}')
    names = ["absent", ".", "empty", "log.txt", "error.json"]
    good = str(STREAMS / "policy-excepted.jsonl")
    assert main(["--json", *(str(tmp_path / name) for name in names), good]) == 1
    out, err = capsys.readouterr()
    assert [json.loads(line)["file"] for line in out.splitlines()] == [good]
    assert [line.removeprefix("python -m bot explain: ").removeprefix(str(tmp_path)) for line in err.splitlines()] == [
        "/absent: No such file or directory",
        ": Is a directory",
        "/empty: is empty",
        "/log.txt: holds no engine events",
        "/error.json: holds no engine events",
    ]


@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_a_recording_cut_off_is_explained_as_far_as_it_goes(
    capsys: Capture, tmp_path: Path, json_too: list[str]
) -> None:
    whole = (STREAMS / "program-fails.jsonl").read_bytes()
    (tmp_path / "cut.jsonl").write_bytes(whole[: whole.index(b'{"sequence":9') + 20])
    assert main([*json_too, str(tmp_path / "cut.jsonl")]) == 0
    out, err = capsys.readouterr()
    assert "KeyError" in out
    assert err.endswith("cut.jsonl: 1 piece could not be read (cut off?); the rest is explained\n")


def test_the_outcome_of_the_update_is_not_the_exit_status() -> None:
    assert command(str(STREAMS / "provider-fails.json")).returncode == 0


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    data = (STREAMS / "program-fails.jsonl").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    (answer,) = explained(capsys, "-")
    assert (answer["file"], answer["events"]) == ("-", 10)


def test_other_people_s_text_can_not_drive_the_terminal_or_tell_a_secret(capsys: Capture, tmp_path: Path) -> None:
    token = "pul-" + "0123456789abcdef0123" * 2
    urn = f"urn:pulumi:s::p::a:b:C::{token}\x1b[2J"
    event = {"diagnosticEvent": {"urn": urn, "message": f"\x1b[31m{token}\x07", "severity": "error\x1b"}}
    (tmp_path / "up\x1b[2J.json").write_text(
        json.dumps([event, {"diagnosticEvent": event["diagnosticEvent"] | {"severity": "error"}}])
    )
    for arguments in ([], ["--json"]):
        main([*arguments, str(tmp_path / "up\x1b[2J.json"), str(tmp_path / "absent\x1b[2J")])
        out, err = capsys.readouterr()
        assert token not in out + err
        assert "\x1b" not in out + err


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_is_for_terminals_that_want_it(environment: dict[str, str], *, coloured: bool) -> None:
    ours, theirs = pty.openpty()
    inherited = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm"}
    arguments = [sys.executable, "-m", "bot", "explain", str(STREAMS / "provider-fails.json")]
    with subprocess.Popen(arguments, cwd=REPO, stdout=theirs, env=inherited | environment) as process:
        assert process.wait() == 0
    os.close(theirs)
    shown = os.read(ours, 100_000)
    os.close(ours)
    assert b"InvalidParameterCombination" in shown
    assert (b"\x1b[1;31mfailed" in shown) is coloured


def test_a_reader_that_goes_away_is_no_error() -> None:
    names = " ".join([str(STREAMS / "program-fails.jsonl")] * 2000)
    shell = f'"{sys.executable}" -m bot explain {names} | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["/bin/bash", "-c", shell], cwd=REPO, capture_output=True, check=False)
    assert done.stderr == b""
    assert done.stdout.splitlines()[1:] == [b"141"]


def test_a_terminal_that_lacks_letters_still_gets_the_rest(tmp_path: Path) -> None:
    event = {"diagnosticEvent": {"message": "no quota for Zürich … 😀", "severity": "error"}}
    (tmp_path / "up.json").write_text(json.dumps(event))
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = command(str(tmp_path / "up.json"), env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"no quota for Z?rich ? ?" in done.stdout


def test_help_names_the_formats_and_the_exit_statuses(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    for word in ("--json", "--event-log", "REST", "standard input", "exit status"):
        assert word in out


def test_no_file_is_bad_usage(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
    assert "FILE" in capsys.readouterr().err


def test_it_needs_none_of_the_bot_s_libraries() -> None:
    code = (
        "import sys; from bot.__main__ import main; status = main(['explain', sys.argv[1]]);"
        "heavy = {'slack_bolt', 'slack_sdk', 'sqlalchemy', 'aiohttp', 'httpx', 'pydantic'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else status)"
    )
    path = str(STREAMS / "provider-fails.json")
    done = subprocess.run([sys.executable, "-c", code, path], cwd=REPO, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_recorded_streams_are_explained_without_markup(capsys: Capture) -> None:
    paths = [str(path) for path in recordings()]
    assert main(paths) == 0
    people = capsys.readouterr().out
    answers = explained(capsys, *paths)
    assert len(answers) == len(paths) == 12
    assert "<{%" not in people + json.dumps(answers, ensure_ascii=False)
    assert all(answer["cause"] for answer in answers if answer["outcome"] in {"failed", "cancelled"})
