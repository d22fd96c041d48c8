"""How the control routes read JSON and say no."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web

from sandbox.slack.model import Json, SlackError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answered(handler: Handler) -> Handler:
    """The handler, with its refusals as JSON: the word, and a sentence."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except SlackError as refusal:
            message = str(refusal.extra.get("message") or refusal.error.replace("_", " "))
            body = {"ok": False, "error": refusal.error, "message": message}
            return web.json_response(body, status=HTTPStatus.BAD_REQUEST)

    return answered


async def read_body(request: web.Request, *required: str) -> Json:
    """The JSON object that was sent; it has these texts. Raises `invalid_json` or `missing`."""
    try:
        body = await request.json()
    except ValueError:
        raise SlackError("invalid_json", message="The body is not JSON.") from None
    if not isinstance(body, dict):
        raise SlackError("invalid_json", message="The body is not an object.")
    for name in required:
        if not isinstance(body.get(name), str):
            raise SlackError("missing", message=f"'{name}' is missing or no text.")
    return body
