"""Methods that look things up: who am I, who are they, which channels are there."""

from collections.abc import Mapping

from sandbox.slack import seed
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Json
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.web_api import Call, Method


class Lookups:
    """The methods, over a ledger."""

    def __init__(self, ledger: Ledger, socket: SocketMode) -> None:
        self._ledger, self._socket = ledger, socket

    def methods(self) -> Mapping[str, Method]:
        """Every method of this kind by its name."""
        return {
            "auth.test": Method(self.auth_test, caller="any", json=True),
            "apps.connections.open": Method(self.open, "connections:write", caller="app", json=True),
        }

    def auth_test(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/auth.test."""
        if call.app_token:
            return {"app_name": "Pulumi", "app_id": seed.APP}
        return {
            "url": f"https://{seed.DOMAIN}.slack.com/",
            "team": seed.TEAM_NAME,
            "user": "pulumi",
            "team_id": seed.TEAM,
            "user_id": seed.BOT,
            "bot_id": seed.BOT_ID,
            "is_enterprise_install": False,
        }

    def open(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/apps.connections.open."""
        return {"url": self._socket.open(call.request)}
