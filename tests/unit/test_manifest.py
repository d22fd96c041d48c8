"""The manifest for HTTP differs from the one for Socket Mode in its addresses, and in nothing else."""

import pytest
import yaml

from bot.manifest import main


def test_without_an_address_it_is_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["settings"]["socket_mode_enabled"] is True


def test_with_an_address_slack_is_told_where_to_post(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    socket = yaml.safe_load(capsys.readouterr().out)
    assert main(["--url", "https://bot.example/"]) == 0
    http = yaml.safe_load(capsys.readouterr().out)
    address = "https://bot.example/slack/events"
    assert http["features"]["slash_commands"][0].pop("url") == address
    assert http["settings"]["interactivity"].pop("request_url") == address
    assert http["settings"]["event_subscriptions"].pop("request_url") == address
    assert http["settings"].pop("socket_mode_enabled") is False
    assert socket["settings"].pop("socket_mode_enabled") is True
    assert http == socket


@pytest.mark.parametrize("url", ["http://bot.example", "bot.example", "https://"])
def test_an_address_that_slack_would_not_take_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--url", url])
    assert caught.value.code == 2
    assert "https addresses only" in capsys.readouterr().err
