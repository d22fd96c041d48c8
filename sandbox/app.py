"""Both services and the page in one application on one port."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aiohttp import web

from sandbox import pulumi, slack
from sandbox.faults import Faults
from sandbox.process import BotProcess
from sandbox.pulumi import PulumiCloud
from sandbox.slack import SlackWorkspace

PAGE = Path(__file__).with_name("page")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A Slack workspace, a Pulumi Cloud, what goes wrong with both, the bot's process, and what serves it all."""

    slack: SlackWorkspace
    pulumi: PulumiCloud
    faults: Faults
    bot: BotProcess
    app: web.Application


def create(  # noqa: PLR0913 - each has a default
    *,
    profile: Literal["seed", "current"] = "current",
    speed: float = 1.0,
    seed: int = 1,
    scale: float = 1.0,
    mode: Literal["socket", "http"] = "socket",
    limits: bool = False,
    now: Callable[[], float] = time.time,
) -> Sandbox:
    """A sandbox at its start; `scale` shortens Slack's time limits, for tests. `limits`: Slack answers 429, too."""
    workspace = slack.create("/slack", now=now, scale=scale, mode=mode, limits=limits)
    cloud = pulumi.create(seed=seed, profile=profile, speed=speed, now=now)
    faults, bot = Faults(), BotProcess(workspace)
    app = web.Application(middlewares=[faults.middleware()])

    async def reset(_: web.Request) -> web.Response:
        faults.clear()
        workspace.reset()
        cloud.reset()
        bot.revive()
        return web.json_response({"ok": True})

    app.add_routes([*workspace.control_routes(), *cloud.control_routes(), *faults.routes(), *bot.routes()])
    app.add_routes([web.post("/control/reset", reset)])
    app.add_subapp("/slack", workspace.web_app())
    app.add_subapp("/pulumi", cloud.routes_api())
    app.add_routes([web.get("/", _index), web.static("/page", PAGE)])
    return Sandbox(workspace, cloud, faults, bot, app)


async def _index(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-store"})
