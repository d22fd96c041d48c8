"""Settings: every mistake is named, no secret is."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import Settings, SettingsError, load

GOOD = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "PULUMI_ACCESS_TOKEN": "pul-abc"}


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in {**GOOD, **values}.items():
        monkeypatch.setenv(name, value)


def test_three_tokens_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch)
    settings = load()
    assert settings.slack_api_url == "https://slack.com/api"
    assert settings.slash_command == "/pulumi"
    assert settings.pulumi_orgs == ()
    assert "xoxb-1" not in repr(settings)


def test_the_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = [
        *(f"{name}={value}" for name, value in GOOD.items()),
        "SLASH_COMMAND=/infra",
        "PULUMI_ORGS=acme, newco",
        "X=1",
    ]
    (tmp_path / ".env").write_text("\n".join(lines))
    monkeypatch.setenv("SLASH_COMMAND", "/pu")
    settings = load()
    assert settings.slash_command == "/pu"
    assert settings.pulumi_orgs == ("acme", "newco")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLACK_BOT_TOKEN", "xapp-secret", "SLACK_BOT_TOKEN must start with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-secret", "SLACK_APP_TOKEN must start with xapp-"),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL must be an http(s) address"),
        ("PULUMI_API_URL", "https://x.example/?a=b", "PULUMI_API_URL must be an http(s) address"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
        ("SLASH_COMMAND", "pulumi", "SLASH_COMMAND"),
        ("PULUMI_ACCESS_TOKEN", "  ", "PULUMI_ACCESS_TOKEN is empty"),
    ],
)
def test_a_bad_value_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    given(monkeypatch, **{name: value})
    with pytest.raises(SettingsError) as caught:
        load()
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


def test_everything_that_is_missing_is_listed_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load()
    assert str(caught.value).splitlines() == ["SLACK_BOT_TOKEN is not set", "PULUMI_ACCESS_TOKEN is not set"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is not set"),
        ({"SLACK_MODE": "http", "SLACK_APP_TOKEN": "xapp-1"}, "SLACK_SIGNING_SECRET is not set"),
        ({"SLACK_MODE": "socket", "SLACK_SIGNING_SECRET": "s3"}, "SLACK_APP_TOKEN is not set"),
    ],
)
def test_each_way_of_reaching_slack_names_the_secret_it_needs(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], says: str
) -> None:
    for name, value in {"SLACK_BOT_TOKEN": "xoxb-1", "PULUMI_ACCESS_TOKEN": "pul-1", **values}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        ({"SLACK_APP_TOKEN": "xapp-1"}, "socket"),
        ({"SLACK_SIGNING_SECRET": "s3"}, "http"),
        ({"SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "s3"}, "socket"),
        ({"SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "s3", "SLACK_MODE": "http"}, "http"),
    ],
)
def test_the_mode_follows_from_what_is_set(monkeypatch: pytest.MonkeyPatch, values: dict[str, str], mode: str) -> None:
    for name, value in {"SLACK_BOT_TOKEN": "xoxb-1", "PULUMI_ACCESS_TOKEN": "pul-1", **values}.items():
        monkeypatch.setenv(name, value)
    assert load().mode == mode


def test_a_self_hosted_address_keeps_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, PULUMI_API_URL="https://pulumi.example/backend/", SLACK_API_URL="http://127.0.0.1:1/slack/api/")
    settings = load()
    assert settings.pulumi_api_url == "https://pulumi.example/backend"
    assert settings.slack_api_url == "http://127.0.0.1:1/slack/api"


def test_a_key_as_the_command_line_makes_it_is_taken_and_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys"]) == main(["keys"]) == 0
    new, old = (line.removeprefix("ENCRYPTION_KEYS=") for line in capsys.readouterr().out.split())
    given(monkeypatch, ENCRYPTION_KEYS=f"{new},{old}", ACT_AS="requester")
    settings = load()
    assert [key.get_secret_value() for key in settings.encryption_keys] == [new, old]
    assert new not in repr(settings)


@pytest.mark.parametrize("key", ["secret-word", "c2hvcnQ=", "ä"])
def test_what_is_no_key_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    given(monkeypatch, ENCRYPTION_KEYS=key)
    with pytest.raises(SettingsError, match="ENCRYPTION_KEYS must be keys") as refused:
        load()
    assert key not in str(refused.value)


def test_acting_as_the_requester_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, ACT_AS="requester")
    with pytest.raises(SettingsError, match="ACT_AS=requester needs it"):
        load()
