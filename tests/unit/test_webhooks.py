"""Webhooks: who may send them, what they hint at, and what becomes of a delivery."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.console import Console
from bot.errors import NoAnswer
from bot.model import StackRef
from bot.records import StoreDown
from bot.services.deliveries import Deliveries
from bot.timing import FAST
from bot.web import LARGEST, Site
from bot.webhooks import Hint, Junk, is_signed, read_hint
from tests.unit.test_web import ask, fine

SECRET = "whsec-of-this-test"
CONSOLE = Console("https://app.pulumi.com")
PROD = StackRef("acme", "shop", "prod")
ACME = {"githubLogin": "acme", "name": "Acme Inc.", "avatarUrl": "https://x"}
UPDATE: dict[str, Any] = {
    "organization": ACME,
    "projectName": "shop",
    "stackName": "prod",
    "updateUrl": "https://app.pulumi.com/acme/shop/prod/updates/42",
    "kind": "update",
    "result": "failed",
    "resourceChanges": {"same": 3, "update-replace": 0},
    "isPreview": False,
}
PREVIEW = {
    **UPDATE,
    "isPreview": True,
    "updateUrl": "https://app.pulumi.com/acme/shop/prod/previews/8f9f2b5a-41d2-4f0e-8a53-3b6d1c1d7a10",
}


def said(payload: object, indent: int | None = None) -> bytes:
    return json.dumps(payload, indent=indent).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_only_the_raw_body_counts() -> None:
    body = said(UPDATE, indent=2)
    digest = signature(body)
    assert is_signed(body, digest, SECRET)
    assert is_signed(body, digest.upper(), SECRET)
    assert not is_signed(said(UPDATE), digest, SECRET)
    assert not is_signed(body, digest, "another")
    assert not is_signed(body, base64.b64encode(bytes.fromhex(digest)).decode(), SECRET)
    assert not is_signed(body, f"sha256={digest}", SECRET)
    assert not is_signed(body, "", SECRET)
    assert not is_signed(body, "ü" * 64, SECRET)


@pytest.mark.parametrize(
    ("kind", "payload", "hint"),
    [
        ("stack_update", UPDATE, Hint(PROD, "stack_update", 42)),
        ("stack_update", {**UPDATE, "organization": "acme"}, Hint(PROD, "stack_update", 42)),
        (
            "stack_update",
            {**UPDATE, "updateUrl": "https://evil.example/acme/shop/prod/updates/42"},
            Hint(PROD, "stack_update"),
        ),
        (
            "stack_update",
            {**UPDATE, "updateUrl": "https://app.pulumi.com/acme/shop/dev/updates/42"},
            Hint(PROD, "stack_update"),
        ),
        ("stack_update", {**UPDATE, "updateUrl": 7, "isPreview": "yes", "user": None}, Hint(PROD, "stack_update")),
        ("stack_preview", PREVIEW, Hint(PROD, "stack_preview", None, preview=True)),
        ("stack", {**UPDATE, "action": "deleted", "updateUrl": None}, Hint(PROD, "stack")),
        ("policy_violation_mandatory", {"what": ["ever"]}, Hint(None, "policy_violation_mandatory")),
        ("deployment", {**UPDATE, "stackName": "a/b"}, Hint(None, "deployment")),
        ("brand_new", {}, Hint(None, "brand_new")),
        ("ping", {"timestamp": 1, "message": "hi"}, None),
    ],
)
def test_what_a_delivery_hints_at(kind: str, payload: dict[str, Any], hint: Hint | None) -> None:
    assert read_hint(kind, said(payload), CONSOLE) == hint


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b'"text"', said({}) + b"x"])
def test_junk_is_none(body: bytes) -> None:
    with pytest.raises(Junk):
        read_hint("stack_update", body, CONSOLE)


class Post:
    """What happens to hints."""

    def __init__(self) -> None:
        self.heard: list[Hint] = []
        self.left: list[Hint] = []
        self.leads, self.down, self.pulumi = True, False, True

    async def leave(self, hint: Hint) -> None:
        if self.down:
            raise StoreDown
        self.left.append(hint)

    async def take(self) -> list[Hint]:
        left, self.left = self.left, []
        return left

    async def orgs(self) -> tuple[str, ...]:
        if not self.pulumi:
            raise NoAnswer("user")
        return ("acme",)


def deliveries(post: Post) -> Deliveries:
    leads = lambda: post.leads  # noqa: E731
    return Deliveries(SECRET, CONSOLE, post.orgs, post, hear=post.heard.append, leads=leads, timing=FAST)


def headers(body: bytes, kind: str = "stack_update", delivery: str = "d-1", **more: str) -> dict[str, str]:
    return {
        "Pulumi-Webhook-Id": delivery,
        "PULUMI-WEBHOOK-KIND": kind,
        "pulumi-Webhook-signature": signature(body),
        "content-type": "application/json",
        **more,
    }


async def posted(post: Deliveries, body: bytes, how: Mapping[str, str]) -> int:
    status, answer = await ask(Site(fine, hooks=post), "POST", "/pulumi/webhooks", body, how)
    assert answer == b"", "it is shown in the customer's console"
    return status


async def test_a_signed_delivery_is_taken_once() -> None:
    """Also when it comes twice, or by two hooks: then the feed makes one look of it."""
    post = Post()
    site, body = deliveries(post), said(UPDATE)
    assert await posted(site, body, headers(body)) == 200
    assert await posted(site, body, headers(body)) == 200
    assert post.heard == [Hint(PROD, "stack_update", 42)]
    assert await posted(site, body, headers(body, delivery="d-2")) == 200
    assert len(post.heard) == 2


@pytest.mark.parametrize("wrong", ["", "0" * 64, base64.b64encode(b"0" * 32).decode()])
async def test_whatever_is_not_signed_is_refused(wrong: str) -> None:
    post = Post()
    body = said(UPDATE)
    assert await posted(deliveries(post), body, {**headers(body), "pulumi-Webhook-signature": wrong}) == 401
    unsigned = {name: value for name, value in headers(body).items() if "signature" not in name}
    assert await posted(deliveries(post), body, unsigned) == 401
    assert post.heard == []


async def test_a_ping_is_answered_and_junk_too() -> None:
    post = Post()
    for kind, body in (("ping", said({"message": "hi"})), ("stack_update", b"{"), ("", b"[]")):
        assert await posted(deliveries(post), body, headers(body, kind)) == 200
    assert post.heard == []


async def test_other_organizations_are_none_of_ours() -> None:
    post = Post()
    body = said({**UPDATE, "organization": {**ACME, "githubLogin": "rival"}})
    assert await posted(deliveries(post), body, headers(body)) == 200
    assert post.heard == []


async def test_a_delivery_that_failed_may_come_again() -> None:
    post = Post()
    post.leads, post.down = False, True
    site, body = deliveries(post), said(UPDATE)
    assert await posted(site, body, headers(body)) == 200
    post.down = False
    assert await posted(site, body, headers(body)) == 200
    assert post.left == [Hint(PROD, "stack_update", 42)]
    post.pulumi = False
    assert await posted(site, body, headers(body, delivery="d-9")) == 200
    post.pulumi = True
    assert await posted(site, body, headers(body, delivery="d-9")) == 200
    assert len(post.left) == 2


async def test_what_is_too_large_is_not_read() -> None:
    body = b"x" * (LARGEST + 1)
    assert await posted(deliveries(Post()), body, headers(b"")) == 413
    assert await posted(deliveries(Post()), b"", headers(b"", **{"content-length": str(LARGEST + 1)})) == 413


async def test_a_body_that_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web._PATIENCE", 0.05)
    sent: list[dict[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    scope = {"type": "http", "method": "POST", "path": "/pulumi/webhooks", "query_string": b"", "headers": []}
    await Site(fine, hooks=deliveries(Post()))(scope, receive, send)
    assert sent[0]["status"] == 408


async def test_without_a_secret_there_is_no_such_address() -> None:
    assert (await ask(Site(fine), "POST", "/pulumi/webhooks", b"{}"))[0] == 404
    assert (await ask(Site(fine, hooks=deliveries(Post())), "GET", "/pulumi/webhooks"))[0] == 404
