"""The Web API's front door: arguments, tokens, scopes, and the answer's form.

https://docs.slack.dev/apis/web-api/
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from sandbox.slack import seed
from sandbox.slack.limits import Limits, RateLimited
from sandbox.slack.model import Json, SlackError
from sandbox.slack.switches import GOOD, Switches

Caller = Literal["bot", "app", "any", "none"]
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(slots=True)
class Call:
    """One call of a method: who calls, with what, and from which request."""

    request: web.Request
    args: Json = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    accepted: str = ""
    app_token: bool = False
    warnings: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A required argument; `invalid_arguments` names it when it is missing."""
        value = self.args.get(name)
        if value in (None, ""):
            message = f"[ERROR] missing required field: {name}"
            raise SlackError("invalid_arguments", response_metadata={"messages": [message]})
        return str(value)

    def flag(self, name: str) -> bool:
        """A boolean argument, however it was written."""
        return str(self.args.get(name, "")).lower() in ("true", "1")

    def need(self, scope: str) -> None:
        """Raise `missing_scope` unless the token has it."""
        if scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))


@dataclass(frozen=True, slots=True)
class Method:
    """A method: what it does, which token and scope it wants, whether it reads JSON bodies."""

    run: Callable[[Call], Json]
    scope: str | None = None
    caller: Caller = "bot"
    json: bool = False


class WebApi:
    """Answers `POST` or `GET /api/{method}` with status 200, as Slack does, but for what comes too often."""

    def __init__(self, methods: Mapping[str, Method], switches: Switches, limits: Limits) -> None:
        self._methods, self._switches, self._limits = methods, switches, limits
        self.scopes = {seed.BOT_TOKEN: seed.SCOPES, seed.APP_TOKEN: seed.APP_SCOPES}
        self.calls: list[tuple[str, Json]] = []
        """Every call that was understood: method and arguments, oldest first."""

    @property
    def methods(self) -> frozenset[str]:
        """The names of all that there are."""
        return frozenset(self._methods)

    async def serve(self, request: web.Request) -> web.Response:
        """One call."""
        call = Call(request)
        try:
            answer = {"ok": True, **await self._run(call, request.match_info["method"])}
        except RateLimited as refusal:
            headers = {"Retry-After": str(refusal.retry_after)}
            return web.json_response({"ok": False, "error": refusal.error}, status=429, headers=headers)
        except SlackError as refusal:
            answer = {"ok": False, "error": refusal.error, **refusal.extra}
        return _response(answer, call)

    async def _run(self, call: Call, name: str) -> Json:
        method = self._methods.get(name)
        if not method:
            raise SlackError("unknown_method", req_method=name)
        call.args = await _arguments(call.request, method, call.warnings)
        if method.caller != "none":
            token = self._token(call, method)
            call.scopes, call.app_token = self.scopes[token], token.startswith("xapp-")
            self._limits.pass_or_refuse(name, call.args)
        if method.scope:
            call.accepted = method.scope
            call.need(method.scope)
        self.calls.append((name, call.args))
        return method.run(call)

    def _token(self, call: Call, method: Method) -> str:
        header, argument = call.request.headers.get("Authorization", ""), call.args.pop("token", "")
        token = header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else str(argument)
        if not token:
            raise SlackError("not_authed")
        if token == seed.BOT_TOKEN and self._switches.token != GOOD:
            raise SlackError(self._switches.token)
        if token not in self.scopes:
            raise SlackError("invalid_auth")
        if method.caller not in ("any", "app" if token.startswith("xapp-") else "bot"):
            raise SlackError("not_allowed_token_type")
        return token


async def _arguments(request: web.Request, method: Method, warnings: list[str]) -> Json:
    args: Json = {name: value for name, value in request.query.items() if name != "token"}
    if request.content_type == "application/json" and request.body_exists:
        if request.charset is None:
            warnings.append("missing_charset")
        return args | (await _json(request) if method.json else {})
    if request.content_type in FORMS:
        if request.charset is not None:
            warnings.append("superfluous_charset")
        return args | {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    if await request.read():
        raise SlackError("invalid_post_type")
    return args


async def _json(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    body.pop("token", None)  # a JSON body's token is not looked at
    return {name: value for name, value in body.items() if value is not None}


def _response(answer: Json, call: Call) -> web.Response:
    if call.warnings:
        metadata = {**answer.get("response_metadata", {}), "warnings": call.warnings}
        answer |= {"warning": ",".join(call.warnings), "response_metadata": metadata}
    headers = {"x-slack-req-id": secrets.token_hex(16)}
    if call.scopes:
        headers["x-oauth-scopes"] = ",".join(sorted(call.scopes))
        headers["x-accepted-oauth-scopes"] = call.accepted
    return web.json_response(answer, headers=headers, dumps=json.dumps)
