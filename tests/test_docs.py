"""Documents say what the code does: the README's command table, the settings, the manifest."""

import re
from pathlib import Path

import yaml

from bot.doctor import SCOPES
from bot.operations import CATALOGUE
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_readme_lists_exactly_the_commands() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| ([^|]+) \|",
        README.partition("<!-- commands -->")[2].partition("<!-- /commands -->")[0],
        re.MULTILINE,
    )
    assert rows == [(entry.usage.replace("|", "/"), entry.summary) for entry in CATALOGUE]


def test_the_example_file_lists_every_setting_with_its_default() -> None:
    lines = re.findall(r"^(#?)([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert {name for _, name, _ in lines} == {name.upper() for name in Settings.model_fields}
    for commented, name, value in lines:
        default = Settings.model_fields[name.lower()].default
        if commented:
            assert value == ("" if default in {None, ()} else str(default)), name


def test_the_readme_names_every_setting() -> None:
    for name in Settings.model_fields:
        assert f"`{name.upper()}`" in README, name


def test_the_manifest_has_the_command_and_the_scopes_that_are_used() -> None:
    manifest = yaml.safe_load((ROOT / "app_manifest.yml").read_text("utf-8"))
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == Settings.model_fields["slash_command"].default
    assert command["should_escape"] is True
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SCOPES)


def test_no_file_holds_a_path_of_a_machine_or_a_registry() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text("utf-8"), lock.name
