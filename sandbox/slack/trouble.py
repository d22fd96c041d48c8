"""Control routes for what Slack does wrong on purpose: its switches, its sockets, its requests to the app."""

from aiohttp import web

from sandbox.slack.answered import answered, read_body
from sandbox.slack.events import Events
from sandbox.slack.http_mode import HttpMode
from sandbox.slack.limits import Limits
from sandbox.slack.model import SlackError
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.switches import GOOD, Switches

REASONS = ("warning", "refresh_requested", "link_disabled")


class Trouble:
    """The handlers, over one workspace's parts."""

    def __init__(self, switches: Switches, socket: SocketMode, http: HttpMode, events: Events, limits: Limits) -> None:
        self._switches, self._socket, self._http, self._events = switches, socket, http, events
        self._limits = limits

    def routes(self) -> list[web.RouteDef]:
        """To be added to the application that serves `/`."""
        return [
            web.get("/control/switches", answered(self.get_switches)),
            web.post("/control/switches", answered(self.set_switches)),
            web.delete("/control/switches", answered(self.reset_switches)),
            web.post("/control/sockets", answered(self.disturb)),
            web.get("/control/limits", answered(self.get_limits)),
            web.post("/control/limits", answered(self.set_limits)),
            web.delete("/control/limits", answered(self.reset_limits)),
            web.get("/control/requests", answered(self.requests)),
            web.post("/control/requests", answered(self.send)),
        ]

    async def get_switches(self, _: web.Request) -> web.Response:
        """All of them as they stand."""
        return web.json_response({"switches": self._switches.shown()})

    async def set_switches(self, request: web.Request) -> web.Response:
        """Turn those that are named. A token that goes bad is told to the app, too."""
        before = self._switches.token
        try:
            self._switches.set(await read_body(request))
        except ValueError as wrong:
            raise SlackError("invalid_switch", message=str(wrong)) from None
        if self._switches.token not in (before, GOOD):
            self._events.lost(self._switches.token)
        return web.json_response({"ok": True, "switches": self._switches.shown()})

    async def reset_switches(self, _: web.Request) -> web.Response:
        """A good day again."""
        self._switches.reset()
        return web.json_response({"ok": True, "switches": self._switches.shown()})

    async def get_limits(self, _: web.Request) -> web.Response:
        """How often each method was called and refused, and each channel posted to."""
        return web.json_response({"limits": self._limits.shown()})

    async def set_limits(self, request: web.Request) -> web.Response:
        """Turn them `on` or off, or have minutes and seconds last only a part (`scale`)."""
        body = await read_body(request)
        on, scale = body.get("on", self._limits.on), body.get("scale", self._limits.scale)
        if not isinstance(on, bool) or body.keys() - {"on", "scale"}:
            raise SlackError("invalid_limits", message="There is 'on', true or false, and 'scale'.")
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < scale <= 1:
            raise SlackError("invalid_limits", message="'scale' is more than 0 and at most 1.")
        self._limits.on, self._limits.scale = on, float(scale)
        return web.json_response({"ok": True, "limits": self._limits.shown()})

    async def reset_limits(self, _: web.Request) -> web.Response:
        """Nobody has called yet."""
        self._limits.forget()
        return web.json_response({"ok": True, "limits": self._limits.shown()})

    async def disturb(self, request: web.Request) -> web.Response:
        """Cut every Socket Mode connection (`drop`), or announce its end for one of Slack's reasons."""
        wanted = (await read_body(request, "do"))["do"]
        if wanted == "drop":
            self._socket.drop()
        elif wanted in REASONS:
            await self._socket.disconnect(wanted)
        else:
            raise SlackError("unknown_deed", message=f"'do' is drop, {', '.join(REASONS[:-1])} or {REASONS[-1]}.")
        return web.json_response({"ok": True})

    async def requests(self, _: web.Request) -> web.Response:
        """The latest requests to the request URL, and how they were answered."""
        return web.json_response({"request_url": self._http.request_url, "requests": list(self._http.requests)})

    async def send(self, request: web.Request) -> web.Response:
        """Send `ssl_check` or `url_verification` now."""
        wanted = (await read_body(request, "send"))["send"]
        if wanted == "url_verification":
            return web.json_response({"ok": True, "verified": await self._http.verified()})
        if wanted != "ssl_check":
            raise SlackError("unknown_request", message="'send' is ssl_check or url_verification.")
        reply = await self._http.check_ssl()
        return web.json_response({"ok": True, "status": reply.status if reply else 0})
