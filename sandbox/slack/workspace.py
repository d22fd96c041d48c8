"""The workspace put together: the one object that an application or a test holds."""

import time
from collections.abc import Callable
from typing import Literal

from aiohttp import web

from sandbox.slack import seed
from sandbox.slack.administration import Administration
from sandbox.slack.changes import Changes
from sandbox.slack.chat import Chat
from sandbox.slack.clicks import Clicks
from sandbox.slack.composer import Composer
from sandbox.slack.control import LONG_POLL, Control
from sandbox.slack.delivery import Delivery
from sandbox.slack.events import Events
from sandbox.slack.files import Files
from sandbox.slack.groups import Groups
from sandbox.slack.http_mode import HttpMode
from sandbox.slack.ledger import Ledger
from sandbox.slack.limits import Limits
from sandbox.slack.lookups import Lookups
from sandbox.slack.modal_routes import ModalRoutes
from sandbox.slack.modals import Modals
from sandbox.slack.responses import Responses
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.switches import Switches
from sandbox.slack.tasks import Tasks
from sandbox.slack.triggers import Triggers
from sandbox.slack.trouble import Trouble
from sandbox.slack.views import Views
from sandbox.slack.web_api import WebApi

Mode = Literal["socket", "http"]


class SlackWorkspace:
    """A Slack workspace with one app installed. Nothing runs until its routes are served."""

    bot_token = seed.BOT_TOKEN
    app_token = seed.APP_TOKEN
    signing_secret = seed.SIGNING_SECRET

    def __init__(self, base_url_path: str, now: Callable[[], float], scale: float, mode: Mode, *, limits: bool) -> None:
        self.mode = mode
        self.switches = Switches()
        self.ledger = Ledger(now)
        self._tasks = Tasks()
        self.socket = SocketMode(self.switches, now=now, scale=scale, prefix=base_url_path)
        self.socket.enabled = mode == "socket"
        self.http = HttpMode(self.switches, self._tasks, now=now, scale=scale)
        self.socket.changed = self.http.changed = lambda: self.ledger.revisions.bump(self.ledger.users)
        self.delivery: Delivery = self.socket if mode == "socket" else self.http
        self.responses = Responses(self.ledger, scale)
        self.triggers = Triggers(self.switches, now, scale)
        self.composer = Composer(self.ledger, self.delivery, self.responses, self.triggers, self.switches)
        self.clicks = Clicks(self.ledger, self.delivery, self.responses, self.triggers, self.composer)
        self.events = Events(self.ledger, self.delivery, self.switches, self._tasks, scale)
        self.changes = Changes(self.ledger, self.events)
        self.ledger.observers.append(self.events.observe)
        self.views = Views(self.ledger, self.triggers)
        self.files = Files(self.ledger, base_url_path)
        lookups, chat, groups = Lookups(self.ledger, self.socket), Chat(self.ledger, self.switches), Groups(self.ledger)
        kinds = lookups, chat, groups, self.files, self.views
        self.limits = Limits(now, on=limits, known=self._channel_id)
        methods = {name: method for kind in kinds for name, method in kind.methods().items()}
        self.api = WebApi(methods, self.switches, self.limits)
        self.modals = Modals(self.ledger, self.delivery, self.responses, self.triggers, self.views)
        self.control = Control(self.ledger, self.delivery, self.composer, self.views)
        self.administration = Administration(self.ledger, self.views, self.changes)
        self.composer.built_in = {"/invite": self.administration.invite, "/remove": self.administration.remove}
        self.modal_routes = ModalRoutes(self.ledger, self.modals, self.clicks)
        self.trouble = Trouble(self.switches, self.socket, self.http, self.events, self.limits)

    def _channel_id(self, wanted: str) -> str:
        channel = self.ledger.addressed(wanted)
        return channel.id if channel else wanted

    @property
    def connections(self) -> int:
        """How many Socket Mode connections the app holds."""
        return len(self.socket.links)

    def tell_process(self, *, running: bool) -> None:
        """Let people see whether the app's process runs; of one that is not ours nothing is said."""
        self.control.running = running
        self.ledger.revisions.bump(self.ledger.users)

    async def moved(self) -> None:
        """Until anything changes that the first person sees, connections included."""
        revisions = self.ledger.revisions
        await revisions.beyond(seed.ANN, revisions[seed.ANN], LONG_POLL)

    def web_app(self) -> web.Application:
        """A new application, to be mounted under the path that `create` was given; one at a time."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self.api.serve)
        app.router.add_get("/link/", self.socket.serve)
        app.router.add_post("/response/{path:.+}", self.responses.serve)
        app.router.add_post("/upload/v1/{ticket}", self.files.upload)
        app.router.add_get("/files/{id}/{name:.*}", self.files.download)
        app.on_startup.append(self._open)
        app.on_shutdown.append(self._close)
        return app

    def control_routes(self) -> list[web.RouteDef]:
        """`/control/…` of the workspace, to be added to the outermost application."""
        parts = self.control, self.modal_routes, self.administration, self.trouble
        return [route for part in parts for route in part.routes()]

    def reset(self) -> None:
        """As at the start; connections stay, old `response_url`s do not."""
        self.switches.reset()
        self.limits.reset()
        self.http.requests.clear()
        self.responses.reset()
        self.views.reset()
        self.files.reset()
        self.api.calls.clear()
        self.ledger.reset()

    async def _open(self, _: web.Application) -> None:
        self.ledger.revisions.open()
        if self.mode == "http":
            self.http.open()

    async def _close(self, _: web.Application) -> None:
        self.ledger.revisions.close()
        await self._tasks.close()
        await self.socket.close()
        await self.http.close()


def create(
    base_url_path: str = "/slack",
    now: Callable[[], float] = time.time,
    scale: float = 1.0,
    mode: Mode = "socket",
    *,
    limits: bool = False,
) -> SlackWorkspace:
    """A workspace at its start; `scale` shortens the 3 s and 30 min limits, for tests.

    With `limits` it refuses who calls too often (`limits.py`). In `http` mode its app is told of things at
    `http.request_url`, once `http.connect` was called.
    """
    return SlackWorkspace(base_url_path, now, scale, mode, limits=limits)
