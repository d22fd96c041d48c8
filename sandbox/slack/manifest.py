"""What the app's manifest subscribes to: Slack tells an app of nothing else."""

import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "app_manifest.yml"


def subscriptions(file: Path = FILE) -> frozenset[str]:
    """The `bot_events` of a manifest as people write it, one a line."""
    block = re.search(r"^ *bot_events:\n((?: *- .*\n?)+)", file.read_text("utf-8"), re.MULTILINE)
    return frozenset(re.findall(r"- *([\w.]+)", block[1])) if block else frozenset()
