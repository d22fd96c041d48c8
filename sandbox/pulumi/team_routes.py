"""To come."""

from aiohttp import web

from sandbox.pulumi.gate import Gate


class TeamRoutes:
    """None yet."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return []
