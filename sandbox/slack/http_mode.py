"""Signed HTTP: slash commands, interactions and events as POSTs to the app's request URL.

https://docs.slack.dev/apis/events-api/using-http-request-urls/
https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from sandbox.slack import seed
from sandbox.slack.delivery import DEADLINE, Answer, Kind, Retry
from sandbox.slack.model import Json
from sandbox.slack.switches import GOOD, Switches
from sandbox.slack.tasks import Tasks

EVERY = 1.0
REMEMBERED = 50
AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
REASONS = {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the request URL answered."""

    status: int
    text: str
    headers: Mapping[str, str]
    content_type: str

    @property
    def error(self) -> str | None:
        """Slack's word for a status that is no acknowledgement."""
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return "http_service_error"
        if self.status >= HTTPStatus.BAD_REQUEST:
            return "http_client_error"
        return None if HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES else "dispatch_unknown_error"

    @property
    def payload(self) -> Json:
        """The body of an acknowledgement: JSON where it says so, any other text is the text. ValueError for no JSON."""
        if self.content_type != JSON:
            return {"text": self.text} if self.text.strip() else {}
        found = json.loads(self.text) if self.text.strip() else {}
        return found if isinstance(found, dict) else {}


class HttpMode:
    """The way to an app that listens at a request URL. It is probed all the time, so `connected` is what is so now."""

    def __init__(self, switches: Switches, tasks: Tasks, *, now: Callable[[], float], scale: float) -> None:
        self.request_url = ""
        self.changed: Callable[[], None] = lambda: None
        self.requests: deque[Json] = deque(maxlen=REMEMBERED)
        """What was sent and how it was answered, oldest first: `kind`, `status` (0: not at all), `replayed`."""
        self.watch: asyncio.Task[None] | None = None
        """What probes the address; it ends when there is another one, or none."""
        self._switches, self._tasks, self._now, self._scale = switches, tasks, now, scale
        self._session: aiohttp.ClientSession | None = None
        self._connected = False
        self._base = ""
        self._over = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the request URL answered Slack's `url_verification` when it was last asked, a second ago at most."""
        return self._connected

    def open(self) -> None:
        """To be called when the workspace's server starts."""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        self._begin()

    async def close(self) -> None:
        """To be called when it ends."""
        if self._session:
            await self._session.close()
        self._session = None

    def connect(self, request_url: str, base: str) -> None:
        """Deliver to this address from now on; `base` is the one under which the app reaches this workspace."""
        self._over.set()
        self.request_url, self._base = request_url, base
        self._begin()

    def disconnect(self) -> None:
        """Nobody listens any more."""
        self._over.set()
        self.request_url = ""
        self._found(connected=False)

    async def deliver(
        self, kind: Kind, payload: Callable[[str], Json], *, answers: bool, retry: Retry | None = None
    ) -> Answer:
        """As `Delivery` says."""
        body, content_type = _encoded(kind, payload(self._base))
        loop = asyncio.get_running_loop()
        started = loop.time()
        signed = self._signed(body) | {"Content-Type": content_type} | _again(retry)
        reply, error = await self._sent(kind, body, signed)
        milliseconds = round((loop.time() - started) * 1000)
        if reply is None or error:
            final = reply is not None and reply.headers.get("X-Slack-No-Retry") == "1"
            return Answer(error, milliseconds, reason=REASONS.get(str(error), "http_error"), final=final)
        try:
            return Answer(None, milliseconds, reply.payload if answers else {})
        except ValueError:
            return Answer("invalid_command_response", milliseconds)

    async def verified(self) -> bool:
        """Whether the request URL gives Slack's challenge back."""
        challenge = secrets.token_urlsafe(30)
        reply = await self._ask({"token": seed.VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"})
        if reply is None or reply.error:
            return False
        with contextlib.suppress(ValueError):
            return challenge in (reply.text.strip(), reply.payload.get("challenge"))
        return False

    async def check_ssl(self) -> Reply | None:
        """Ask as Slack does to look at the certificate of a slash command's address; None without an answer."""
        return await self._ask({"ssl_check": "1", "token": seed.VERIFICATION_TOKEN}, "slash_commands")

    async def _ask(self, payload: Json, kind: Kind = "events_api") -> Reply | None:
        """Rightly signed, whatever the switches say."""
        body, content_type = _encoded(kind, payload)
        stamp = str(int(self._now()))
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(body, stamp)}
        return (await self._post(body, headers | {"Content-Type": content_type}))[0]

    async def _sent(self, kind: str, body: bytes, headers: Mapping[str, str]) -> tuple[Reply | None, str | None]:
        reply, error = await self._post(body, headers, late=self._switches.late_acks)
        self._note(kind, reply, replayed=False)
        if error == "dispatch_failed":
            self._found(connected=False)
        if self._switches.replays:
            self._tasks.start(self._replay(kind, body, headers, self._switches.replays))
        return reply, error

    async def _replay(self, kind: str, body: bytes, headers: Mapping[str, str], times: int) -> None:
        for _ in range(times):
            reply, _ = await self._post(body, headers)
            self._note(kind, reply, replayed=True)

    async def _post(
        self, body: bytes, headers: Mapping[str, str], *, late: bool = False
    ) -> tuple[Reply | None, str | None]:
        """The answer, and Slack's word for what is wrong with it or with getting one."""
        if not self._session or not self.request_url:
            return None, "dispatch_failed"
        known = {"User-Agent": AGENT, "Accept": "application/json,*/*", **headers}
        reply = None
        try:
            async with asyncio.timeout(DEADLINE * self._scale):
                async with self._session.post(
                    self.request_url, data=body, headers=known, allow_redirects=False
                ) as answer:
                    text = await answer.text(errors="replace")
                    reply = Reply(answer.status, text, answer.headers.copy(), answer.content_type)
                if late:
                    await asyncio.Event().wait()
        except TimeoutError:
            return reply, "operation_timeout"
        except (aiohttp.ClientError, ValueError):  # ValueError: no such address
            return None, "dispatch_failed"
        return reply, reply.error

    def _signed(self, body: bytes) -> dict[str, str]:
        stamp = str(int(self._now()) + self._switches.skew)
        if self._switches.signature == "none":
            return {"X-Slack-Request-Timestamp": stamp}
        right = signature(body, stamp)
        sent = right if self._switches.signature == GOOD else signature(body, stamp, "another secret")
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sent}

    def _note(self, kind: str, reply: Reply | None, *, replayed: bool) -> None:
        self.requests.append({"kind": kind, "status": reply.status if reply else 0, "replayed": replayed})

    def _begin(self) -> None:
        if self._session and self.request_url:
            self._over = asyncio.Event()
            self.watch = self._tasks.start(self._watch(self._over))

    async def _watch(self, over: asyncio.Event) -> None:
        """Ask again and again whether anybody is there, for as long as this is the address."""
        while not over.is_set():
            connected = await self.verified()
            if not over.is_set():
                self._found(connected=connected)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY * self._scale):
                    await over.wait()

    def _found(self, *, connected: bool) -> None:
        if connected != self._connected:
            self._connected = connected
            self.changed()


def signature(body: bytes, stamp: str, secret: str = seed.SIGNING_SECRET) -> str:
    """Slack's signature of a body sent at that time."""
    signed = b"v0:" + stamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _encoded(kind: Kind, payload: Json) -> tuple[bytes, str]:
    match kind:
        case "slash_commands":
            return urlencode(payload).encode(), FORM
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}).encode(), FORM
        case _:
            return json.dumps(payload).encode(), JSON


def _again(retry: Retry | None) -> dict[str, str]:
    if not retry or not retry.number:
        return {}
    return {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
