"""Modals for the tests of the fake workspace: build them, open them, act in them."""

import asyncio
from typing import Any

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Link, Slack


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def field(name: str, kind: str = "plain_text_input", element: Json | None = None, **more: Any) -> Json:
    known = {"type": "input", "block_id": name, "label": plain(name.title())}
    return {**known, "element": {"type": kind, "action_id": "it", **(element or {})}, **more}


def view(*blocks: Json, title: str = "Reject", **more: Any) -> Json:
    return {"type": "modal", "title": plain(title), "submit": plain("Go"), "blocks": list(blocks), **more}


OPTIONS = [{"text": plain(name), "value": name} for name in ("dev", "prod")]
REASON = view(field("reason"), private_metadata="R-7", callback_id="reject", notify_on_close=True)


async def opened(slack: Slack, shown: Json, person: str = seed.ANN, channel: str = "", method: str = "open") -> Json:
    trigger = slack.workspace.triggers.issue(person, channel)
    answer = await slack.api(f"views.{method}", trigger_id=trigger, view=shown)
    assert answer["ok"], answer
    found: Json = answer["view"]
    return found


async def act(slack: Slack, what: str, person: str = seed.ANN, **more: Any) -> Json:
    return await slack.control(what, **{"as": person}, **more)


async def submit(slack: Slack, app: Link, values: Json | None = None, ack: Json | None = None) -> tuple[Json, Json]:
    """Submit, let the app answer; what the person is told, and what the app was sent."""
    return await asyncio.gather(act(slack, "submit", values=values), app.take(ack))


async def stack(slack: Slack, person: str = seed.ANN) -> list[str]:
    return [each["title"]["text"] for each in (await slack.state(person))["modals"]]
