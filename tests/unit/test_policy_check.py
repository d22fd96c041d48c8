"""`python -m bot policy check`: what each rule means, or every mistake; a named file needs no settings."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.policy import DEFAULT, PolicyError
from bot.policy_check import policy_of
from bot.settings import Settings
from sandbox.child import policy as sandbox_policy
from tests.unit.test_policy import FILE, HEAD


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def check(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str], list[str]]:
    status = main(["policy", "check", *words])
    said = capsys.readouterr()
    return status, said.out.splitlines(), said.err.splitlines()


def test_each_rule_is_said_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(FILE)
    status, said, _ = check(capsys, "p.toml")
    assert status == 0
    classes = "; with a reason for admin-risk changes; with the name typed for admin-risk changes"
    first = "approvals: 2, of @sre, U012ABC, S012ABC; with a reason; with the name typed for admin-risk changes"
    assert said == [
        "group approvers: @sre, U012ABC",
        "group auditors: U0DEE00004",
        f"rule 1 (stack rm on acme/*/prod* tagged env=prod): {first}; asked in #prod-approvals",
        "rule 2 (team * or org * in acme): refused: people are managed elsewhere",
        f"rule 3 (every change on acme/*/dev or acme/*/test of low risk): the requester confirms it{classes}",
        f"everything else: approvals: 1 (2 for admin-risk changes), of @sre, U012ABC{classes}",
    ]


def test_every_mistake_is_told_and_the_status_is_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(HEAD + "aproval = 2\nreason = 1")
    status, _, said = check(capsys, "p.toml")
    assert status == 1
    assert said == [
        "The policy file p.toml is wrong:",
        "line 4: rule 1: a rule has no aproval; did you mean approvals?",
        "line 5: rule 1: reason is true or false, not 1",
    ]


def test_without_a_name_it_is_the_file_of_the_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert check(capsys)[0] == 1, "no settings, and said so"
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "PULUMI_ACCESS_TOKEN": "pul-1",
    }.items():
        monkeypatch.setenv(name, value)
    assert check(capsys)[1] == ["everything else: refused, since there is no group approvers"]
    monkeypatch.setenv("POLICY_FILE", str(tmp_path / "none.toml"))
    assert check(capsys)[2] == [f"The policy file {tmp_path}/none.toml can't be read: No such file or directory"]


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match="it is not UTF-8"):
        policy_of(tmp_path / "p.toml")
    assert policy_of(None) is DEFAULT


def test_the_sandboxs_policy_is_one_and_production_needs_two(tmp_path: Path) -> None:
    policy = policy_of(sandbox_policy(tmp_path))
    assert policy.groups == {"approvers": ("@sre",)}
    (rule,) = policy.rules
    assert (rule.match.stack, rule.approvals) == (("acme/*/prod*",), 2)
