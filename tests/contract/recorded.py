"""A Pulumi that answers from recorded bodies, over httpx's own mock transport, and waits without waiting."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot.model import StackRef
from bot.pulumi import PulumiClient
from bot.pulumi.exchange import Timeouts

SAMPLES = Path(__file__).parents[1] / "samples"
TOKEN = "pul-0123456789abcdef0123456789abcdef01234567"
BASE = "https://api.pulumi.com"
STACK = StackRef("demo", "demo-aws-ts-webserver", "dev-user1")
UPDATE_ID = "938cd018-3ecc-4a9e-86dd-42e84fefcc9c"
NOW = datetime(2026, 10, 21, 7, 27, 50, tzinfo=UTC)
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}

Json = dict[str, Any]
Answer = httpx.Response | Exception


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def ok(body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


def no(status: int, message: str) -> httpx.Response:
    """An error in Pulumi's own form."""
    return httpx.Response(status, json={"code": status, "message": message})


@dataclass
class Recorded:
    """Gives its answers one after the other; one too many asked for fails the test."""

    answers: list[Answer]
    base: str = BASE
    timeouts: Timeouts = field(default_factory=Timeouts)
    requests: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def client(self) -> PulumiClient:
        return PulumiClient(
            self.base,
            SecretStr(TOKEN),
            clock=lambda: NOW,
            sleep=self._sleep,
            jitter=lambda: 0.0,
            timeouts=self.timeouts,
            transport=httpx.MockTransport(self._handle),
        )

    @property
    def paths(self) -> list[str]:
        return [request.url.raw_path.decode().partition("?")[0] for request in self.requests]

    @property
    def queries(self) -> list[dict[str, str]]:
        return [dict(request.url.params) for request in self.requests]

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[len(self.requests) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer
