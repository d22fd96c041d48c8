"""Control routes of modals: see them, submit them, close them, search in them."""

from aiohttp import web

from sandbox.slack.answered import answered, read_body
from sandbox.slack.clicks import Clicks
from sandbox.slack.ledger import Ledger
from sandbox.slack.modals import Modals
from sandbox.slack.model import Json, SlackError


class ModalRoutes:
    """The handlers. Each acts in the modal on top, which `view_id` may name to be sure."""

    def __init__(self, ledger: Ledger, modals: Modals, clicks: Clicks) -> None:
        self._ledger, self._modals, self._clicks = ledger, modals, clicks

    def routes(self) -> list[web.RouteDef]:
        """To be added to the application that serves `/`."""
        return [
            web.get("/control/modals", answered(self.get_modals)),
            web.post("/control/submit", answered(self.submit)),
            web.post("/control/close", answered(self.close)),
            web.post("/control/click", answered(self.click)),
            web.post("/control/suggest", answered(self.suggest)),
        ]

    async def get_modals(self, request: web.Request) -> web.Response:
        """The stack of a person, the one on top last."""
        person = self._ledger.person(request.query.get("as", "")).id
        return web.json_response({"modals": self._modals.shown(person)})

    async def submit(self, request: web.Request) -> web.Response:
        """Filled in and submitted."""
        body = await read_body(request, "as")
        return _told(await self._modals.submit(body["as"], _view(body), body.get("values")))

    async def close(self, request: web.Request) -> web.Response:
        """Closed by the person: the one on top, or with `all` every one."""
        body = await read_body(request, "as")
        return _told(await self._modals.close(body["as"], _view(body), everything=body.get("all") is True))

    async def click(self, request: web.Request) -> web.Response:
        """A button pressed, or an option chosen (its `value`), in a message or in a modal."""
        if "ts" not in (body := await read_body(request, "as", "block_id", "action_id")):
            element = body["block_id"], body["action_id"]
            values = body.get("values")
            return _told(await self._modals.press(body["as"], _view(body), element, body.get("value"), values))
        body = await read_body(request, "channel", "ts")
        element = body["block_id"], body["action_id"]
        answer = await self._clicks.press(body["as"], body["channel"], body["ts"], element, body.get("value"))
        return _told(answer)

    async def suggest(self, request: web.Request) -> web.Response:
        """What the app offers for `query` in an `external_select`, in a message or in a modal."""
        body = await read_body(request, "as", "block_id", "action_id", "query")
        element = body["block_id"], body["action_id"]
        if "ts" not in body:
            return _told(await self._modals.suggest(body["as"], _view(body), element, body["query"]))
        body = await read_body(request, "channel", "ts")
        answer = await self._clicks.suggest(body["as"], body["channel"], body["ts"], element, body["query"])
        return _told(answer)


def _view(body: Json) -> str:
    view_id = body.get("view_id", "")
    if not isinstance(view_id, str):
        raise SlackError("missing", message="'view_id' is no text.")
    return view_id


def _told(answer: Json) -> web.Response:
    return web.json_response({"ok": True, **answer})
