"""`response_url`: five answers within half an hour to one command or one click.

https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from sandbox.slack import content, seed
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Json, Message, SlackError

LIFE = 1800.0
USES = 5


@dataclass(slots=True, kw_only=True)
class Origin:
    """What an answer belongs to: who did what where, and the message that was clicked, if one was."""

    person: str
    channel: str
    label: str
    original: Message | None = None
    thread_ts: str | None = None
    expires: float = 0.0
    uses: int = 0


class Responses:
    """Every `response_url` that was handed out, and what answering on one does."""

    def __init__(self, ledger: Ledger, scale: float) -> None:
        self._ledger, self._life = ledger, LIFE * scale
        self._origins: dict[str, Origin] = {}

    def reset(self) -> None:
        """Forget every one."""
        self._origins.clear()

    def issue(self, origin: Origin) -> Callable[[str], str]:
        """A new address for this origin, as a function of the server's own."""
        origin.expires = self._ledger.now() + self._life
        kind = "actions" if origin.original else "commands"
        path = f"{kind}/{seed.TEAM}/{secrets.randbelow(10**12)}/{secrets.token_urlsafe(18)}"
        self._origins[path] = origin
        return lambda base: f"{base}/response/{path}"

    async def serve(self, request: web.Request) -> web.Response:
        """A POST to a `response_url`: 200, or Slack's word for why not."""
        try:
            origin = self._use(request.match_info["path"])
            self._answer(origin, await _body(request))
        except SlackError as refusal:
            return web.json_response({"ok": False, "error": refusal.error, **refusal.extra}, status=_status(refusal))
        return web.json_response({"ok": True})

    def publish(self, origin: Origin, body: Json) -> Message:
        """Post a new message in answer: for the person alone, unless it says `in_channel`."""
        channel = self._ledger.channels[origin.channel]
        message = Message(channel=channel.id, ts="", user=seed.BOT, bot=True, in_response_to=origin.label)
        content.read(body).fill(message)
        message.ephemeral_to = None if body.get("response_type") == "in_channel" else origin.person
        message.thread_ts = self._thread(origin, body)
        message.ts = self._ledger.new_ts(channel.id)
        self._ledger.add(message)
        return message

    def _use(self, path: str) -> Origin:
        origin = self._origins.get(path)
        if not origin:
            raise SlackError("invalid_url")
        if self._ledger.now() > origin.expires:
            raise SlackError("expired_url")
        if origin.uses >= USES:
            raise SlackError("used_url")
        origin.uses += 1
        return origin

    def _answer(self, origin: Origin, body: Json) -> None:
        original = origin.original
        if original and _yes(body.get("delete_original")):
            self._present(original)
            self._ledger.remove(original)
        elif original and _yes(body.get("replace_original")):
            self._replace(origin, original, body)
        else:
            self.publish(origin, body)

    def _replace(self, origin: Origin, original: Message, body: Json) -> None:
        self._present(original)
        given = content.read(body)

        def fill(message: Message) -> None:
            given.fill(message)
            message.in_response_to = origin.label

        self._ledger.change(original, fill)

    def _present(self, original: Message) -> None:
        if not self._ledger.holds(original):
            raise SlackError("message_not_found")

    def _thread(self, origin: Origin, body: Json) -> str | None:
        thread = body.get("thread_ts")
        if thread is None:
            return origin.thread_ts if origin.original and origin.original.ephemeral_to else None
        parent = self._ledger.find(origin.channel, str(thread))
        if not parent:
            raise SlackError("thread_not_found")
        return parent.thread_ts or parent.ts


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise SlackError("invalid_payload") from None
    if request.content_type != "application/json" or not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body


def _status(refusal: SlackError) -> HTTPStatus:
    gone = refusal.error in ("used_url", "expired_url", "invalid_url", "message_not_found")
    return HTTPStatus.NOT_FOUND if gone else HTTPStatus.BAD_REQUEST


def _yes(value: object) -> bool:
    return value is True or value == "true"
