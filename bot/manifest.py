"""`python -m bot manifest`: the Slack app's manifest, for Socket Mode as it is or for HTTP."""

import argparse
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_FILE: Final = Path(__file__).resolve().parent.parent / "app_manifest.yml"
_HEAD: Final = '# Paste this at https://api.slack.com/apps → "From a manifest". It is for HTTP: Slack posts to {0}.\n'


def over_http(manifest: str, url: str) -> str:
    """The manifest with request URLs below `url` instead of Socket Mode. ValueError: it is not the file we know."""
    address = f"{url.rstrip('/')}/slack/events"
    body = manifest[manifest.index("_metadata:") :]
    for line, then in (
        ("      should_escape: true\n", f"      should_escape: true\n      url: {address}\n"),
        ("  event_subscriptions:\n", f"  event_subscriptions:\n    request_url: {address}\n"),
        ("    is_enabled: true\n", f"    is_enabled: true\n    request_url: {address}\n"),
        ("  socket_mode_enabled: true\n", "  socket_mode_enabled: false\n"),
    ):
        if body.count(line) != 1:
            raise ValueError(f'app_manifest.yml has no single line "{line.strip()}"')
        body = body.replace(line, then)
    return _HEAD.format(address) + body


def main(argv: list[str]) -> int:
    """Print the manifest; 2 for an address that Slack would not take."""
    parser = argparse.ArgumentParser(prog="python -m bot manifest", description="Print the Slack app's manifest.")
    parser.add_argument("--url", help="the bot's public address, such as https://bot.example: the manifest for HTTP")
    url = parser.parse_args(argv).url
    if url is not None and (urlsplit(url).scheme != "https" or not urlsplit(url).hostname):
        parser.error("Slack posts to https addresses only, such as https://bot.example")
    text = _FILE.read_text("utf-8")
    sys.stdout.write(over_http(text, url) if url else text)
    return 0
