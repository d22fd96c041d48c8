"""Control routes of the webhooks: set one, see what was delivered, send something now, send it again."""

from typing import Any

from aiohttp import web

from sandbox.pulumi.control import Json, read_body, refused
from sandbox.pulumi.failures import MANDATORY, PACK
from sandbox.pulumi.resources import digest
from sandbox.pulumi.webhook_words import FILTERS, GROUPS, KINDS, Fact, Words
from sandbox.pulumi.webhooks import Hook, Webhooks
from sandbox.pulumi.world import Stack

_MOST_COPIES = 10
_FIELDS = frozenset({"url", "secret", "name", "organization", "filters", "groups", "duplicate", "shuffle", "drop"})


class WebhookRoutes:
    """The handlers, over the webhooks of one cloud."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    def routes(self) -> list[web.RouteDef]:
        """All of them, to be added to any application."""
        path = "/control/pulumi/webhook"
        return [
            web.get(path, self.shown),
            web.post(path, self.set),
            web.delete(path, self.remove),
            web.post(f"{path}/send", self.send),
            web.post(f"{path}/redeliver", self.redeliver),
        ]

    async def shown(self, _: web.Request) -> web.Response:
        """The hooks, and what was delivered, oldest first."""
        hooks = [_shown(hook) for hook in self._webhooks.hooks.values()]
        return web.json_response({"hooks": hooks, "deliveries": [each.shown() for each in self._webhooks.deliveries]})

    async def set(self, request: web.Request) -> web.Response:
        """A hook; one of the same name is replaced."""
        try:
            hook = read(await read_body(request))
        except ValueError as wrong:
            return refused(400, "bad_hook", str(wrong))
        self._webhooks.look()
        self._webhooks.hooks[hook.name] = hook
        self._webhooks.wake()
        return web.json_response({"ok": True, "hook": _shown(hook)})

    async def remove(self, request: web.Request) -> web.Response:
        """One by its name, or all."""
        name = request.query.get("name")
        if name is None:
            self._webhooks.hooks.clear()
        elif self._webhooks.hooks.pop(name, None) is None:
            return refused(404, "unknown", f"There is no webhook {name}.")
        return web.json_response({"ok": True})

    async def send(self, request: web.Request) -> web.Response:
        """Something of this kind now, about a stack; `payload` says what shall be otherwise in it, null: not there."""
        body = await read_body(request)
        kind, more = body.get("kind"), body.get("payload") or {}
        stack = self._webhooks.find(str(body.get("stack", "acme/shop/prod")))
        if kind not in KINDS or not isinstance(more, dict):
            return refused(400, "bad_kind", f"'kind' is one of {', '.join(KINDS)}; 'payload' is an object.")
        if stack is None:
            return refused(404, "unknown", f"There is no stack {body.get('stack')}.")
        fact = _made_up(str(kind), stack, self._webhooks.words(), self._webhooks.now(), more)
        told = self._webhooks.tell(fact, str(body.get("name", "")))
        return web.json_response({"ok": True, "ids": [each.id for each in told]})

    async def redeliver(self, request: web.Request) -> web.Response:
        """A delivery again, by its `id`; under another one with `new_id`."""
        body = await read_body(request)
        found = next((each for each in self._webhooks.deliveries if each.id == body.get("id")), None)
        if found is None:
            return refused(404, "unknown", f"There is no delivery {body.get('id')}.")
        sent = self._webhooks.redeliver(found, new_id=body.get("new_id") is True)
        return web.json_response({"ok": True, "id": sent.id})


def read(body: Json) -> Hook:
    """A hook out of JSON; ValueError says what is wrong with it."""
    if unknown := body.keys() - _FIELDS:
        raise ValueError(f"A webhook has no '{min(unknown)}'.")
    url = body.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ValueError("'url' is an address.")
    copies, drop, shuffle = body.get("duplicate", 1), body.get("drop", 0), body.get("shuffle", False)
    if isinstance(copies, bool) or not isinstance(copies, int) or not 1 <= copies <= _MOST_COPIES:
        raise ValueError(f"'duplicate' is a whole number from 1 to {_MOST_COPIES}.")
    if isinstance(drop, bool) or not isinstance(drop, int | float) or not 0 <= drop <= 1:
        raise ValueError("'drop' is a number from 0 to 1.")
    if not isinstance(shuffle, bool):
        raise ValueError("'shuffle' is true or false.")  # noqa: TRY004 - one exception for everything that is sent wrong
    return Hook(
        name=str(body.get("name") or f"hook-{digest(url)[:6]}"),
        url=url,
        secret=str(body.get("secret") or ""),
        organization=str(body.get("organization") or ""),
        filters=_filters(body),
        duplicate=copies,
        shuffle=shuffle,
        drop=float(drop),
    )


def _filters(body: Json) -> frozenset[str]:
    """Those named, and those of the groups named. A filter that its group covers is refused, as by the CLI."""
    filters, groups = body.get("filters") or [], body.get("groups") or []
    if not isinstance(filters, list) or not set(filters) <= FILTERS:
        raise ValueError(f"'filters' are of {', '.join(sorted(FILTERS))}.")
    if not isinstance(groups, list) or not set(groups) <= GROUPS.keys():
        raise ValueError(f"'groups' are of {', '.join(GROUPS)}.")
    covered = frozenset(each for name in groups for each in GROUPS[name])
    if double := covered & set(filters):
        raise ValueError(f"The filter '{min(double)}' is covered by its group.")
    return covered | frozenset(filters)


def _shown(hook: Hook) -> Json:
    known: Json = {
        "name": hook.name,
        "url": hook.url,
        "organization": hook.organization,
        "hasSecret": bool(hook.secret),
    }
    wrong = {"duplicate": hook.duplicate, "shuffle": hook.shuffle, "drop": hook.drop}
    return {**known, "filters": sorted(hook.filters), **wrong}


def _made_up(kind: str, stack: Stack, words: Words, now: float, more: dict[str, Any]) -> Fact:
    """A fact of the kind, with other fields as wished."""
    match kind:
        case "ping":
            fact = Fact("ping", (), stack.place.org, {"timestamp": int(now), "message": "Just a friendly ping"})
        case "stack":
            fact = words.stack(stack, str(more.get("action", "created")), stack.owner)
        case "deployment":
            operation, status = str(more.get("operation", "update")), str(more.get("status", "started"))
            fact = words.deployment(stack, len(stack.updates) + 1, operation, status)
        case "drift_detection":
            changes = more.get("resourceChanges", {"same": 12, "update": 2, "delete": 1})
            fact = words.drift(stack, f"made up at {now}", str(more.get("status", "succeeded")), changes)
        case "policy_violation":
            found = MANDATORY[0]
            event = {"policyPackName": PACK, "policyName": found.policy, "message": found.message}
            fact = words.finding(stack, {**event, "enforcementLevel": found.level, **more})
        case _:
            kept = stack.previews if kind == "stack_preview" else stack.updates
            fact = words.said(stack, kept[-1] if kept else None, kind)
    payload = {name: value for name, value in {**fact.payload, **more}.items() if value is not None}
    return Fact(fact.kind, fact.filters, fact.org, payload)
