"""The workspace put together: the one object that an application or a test holds."""

import time
from collections.abc import Callable

from aiohttp import web

from sandbox.slack import seed
from sandbox.slack.chat import Chat
from sandbox.slack.clicks import Clicks
from sandbox.slack.composer import Composer
from sandbox.slack.control import Control
from sandbox.slack.events import Events
from sandbox.slack.ledger import Ledger
from sandbox.slack.lookups import Lookups
from sandbox.slack.responses import Responses
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.tasks import Tasks
from sandbox.slack.triggers import Triggers
from sandbox.slack.views import Views
from sandbox.slack.web_api import WebApi


class SlackWorkspace:
    """A Slack workspace with one app installed. Nothing runs until its routes are served."""

    bot_token = seed.BOT_TOKEN
    app_token = seed.APP_TOKEN
    signing_secret = seed.SIGNING_SECRET

    def __init__(self, base_url_path: str, now: Callable[[], float], scale: float) -> None:
        self.ledger = Ledger(now)
        self.socket = SocketMode(seed.APP, now=now, scale=scale, prefix=base_url_path)
        self.socket.changed = lambda: self.ledger.revisions.bump(self.ledger.users)
        self.responses = Responses(self.ledger, scale)
        self.triggers = Triggers(now, scale)
        self.composer = Composer(self.ledger, self.socket, self.responses, self.triggers)
        self.clicks = Clicks(self.ledger, self.socket, self.responses, self.triggers, self.composer)
        self._tasks = Tasks()
        self.events = Events(self.ledger, self.socket, self._tasks, scale)
        self.ledger.observers.append(self.events.observe)
        self.views = Views(self.triggers)
        kinds = Lookups(self.ledger, self.socket), Chat(self.ledger), self.views
        self.api = WebApi({name: method for kind in kinds for name, method in kind.methods().items()})
        self.control = Control(self.ledger, self.socket, self.composer, self.clicks)

    @property
    def connections(self) -> int:
        """How many Socket Mode connections the app holds."""
        return len(self.socket.links)

    def web_app(self) -> web.Application:
        """A new application, to be mounted under the path that `create` was given; one at a time."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self.api.serve)
        app.router.add_get("/link/", self.socket.serve)
        app.router.add_post("/response/{path:.+}", self.responses.serve)
        app.on_startup.append(self._open)
        app.on_shutdown.append(self._close)
        return app

    def control_routes(self) -> list[web.RouteDef]:
        """`/control/…` of the workspace, to be added to the outermost application."""
        return self.control.routes()

    def reset(self) -> None:
        """As at the start; connections stay, old `response_url`s do not."""
        self.responses.reset()
        self.views.opened.clear()
        self.api.calls.clear()
        self.ledger.reset()

    async def _open(self, _: web.Application) -> None:
        self.ledger.revisions.open()

    async def _close(self, _: web.Application) -> None:
        self.ledger.revisions.close()
        await self._tasks.close()
        await self.socket.close()


def create(base_url_path: str = "/slack", now: Callable[[], float] = time.time, scale: float = 1.0) -> SlackWorkspace:
    """A workspace at its start; `scale` shortens the 3 s and 30 min limits, for tests."""
    return SlackWorkspace(base_url_path, now, scale)
