"""Pulumi Cloud's REST API: all routes; here those of a reader of stacks, updates, events and previews."""

from typing import Any

from aiohttp import web

from sandbox.pulumi import http
from sandbox.pulumi.audit_routes import AuditRoutes
from sandbox.pulumi.gate import Gate
from sandbox.pulumi.http import STACK, Handler, Query, answer, fault, issue, redeem
from sandbox.pulumi.member_routes import MemberRoutes
from sandbox.pulumi.stack_routes import StackRoutes
from sandbox.pulumi.tag_routes import TagRoutes
from sandbox.pulumi.team_routes import TeamRoutes
from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.token_routes import TokenRoutes
from sandbox.pulumi.wire import Json, Wire, capabilities
from sandbox.pulumi.world import Stack, Update, uuid

STACKS_A_PAGE = 25
EVENTS_A_PAGE = 100
UPDATES_A_PAGE = 10
_FILTERS = ("organization", "project", "tagName", "tagValue")
_KIND = "{kind:update|preview|refresh|destroy}"


class Api:
    """The routes, over whatever world is played at the moment of the request."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._requests = 0

    def application(self) -> web.Application:
        """A new application with all routes; mount it anywhere."""
        app = web.Application(middlewares=[self._guard])
        app.on_response_prepare.append(self._sign)
        get = app.router.add_get
        get("/api/user", self.user)
        get("/api/user/stacks", self.stacks)
        get("/api/capabilities", self.capabilities)
        get(STACK, self.stack)
        get(f"{STACK}/updates", self.updates)
        get(f"{STACK}/updates/{{version}}", self.update)
        get(f"{STACK}/updates/{{version}}/previews", self.previews)
        get(f"{STACK}/previews/{{id}}", self.preview)
        get(f"{STACK}/{_KIND}/{{id}}", self.status)
        get(f"{STACK}/{_KIND}/{{id}}/events", self.events)
        for more in (StackRoutes, TagRoutes, MemberRoutes, TeamRoutes, TokenRoutes, AuditRoutes):
            app.add_routes(more(self._gate).routes())
        return app

    @property
    def _theatre(self) -> Theatre:
        return self._gate.theatre

    @property
    def _wire(self) -> Wire:
        return self._gate.wire

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What has no route is told in plain text, as a proxy would; everything else needs a token."""
        if request.match_info.http_exception is not None:
            status = request.match_info.http_exception.status
            return web.Response(status=status, text=f"{status} page not found\n")
        self._gate.direct()
        self._gate.token(request).used = int(self._gate.now)
        http.check_accept(request)
        return await handler(request)

    async def _sign(self, _request: web.Request, response: web.StreamResponse) -> None:
        self._requests += 1
        response.headers["X-Pulumi-Request-ID"] = uuid("request", self._requests)

    def _update(self, request: web.Request) -> tuple[Stack, Update]:
        stack = self._gate.stack(request)
        update = stack.find(request.match_info["id"])
        if update is None:
            raise fault(404, f"Update '{request.match_info['id']}' not found")
        return stack, update

    async def user(self, request: web.Request) -> web.Response:
        """The owner of the token."""
        Query(request)
        return answer(self._wire.user(self._gate.caller(request)))

    async def capabilities(self, request: web.Request) -> web.Response:
        """What the service offers."""
        Query(request)
        return answer(capabilities())

    async def stacks(self, request: web.Request) -> web.Response:
        """The caller's stacks. Hidden ones are left out after the page was cut, so a page may be short or empty."""
        asked = Query(request, *_FILTERS, "roleID", "continuationToken", "maxResults")
        if asked.given("tagValue") and not asked.text("tagName"):
            raise fault(400, "Invalid 'tagValue' value. Requires 'tagName'.")
        size = min(asked.integer("maxResults") or STACKS_A_PAGE, STACKS_A_PAGE)
        about = ["stacks", *map(asked.text, _FILTERS)]
        first = redeem(asked.text("continuationToken"), "Invalid continuation token", *about)
        rows = [stack for stack in self._theatre.world.visible(self._gate.caller(request)) if _wanted(stack, asked)]
        page = [self._wire.summary(stack) for stack in rows[first : first + size] if not stack.hidden]
        more = {"continuationToken": issue(first + size, *about)} if first + size < len(rows) else self._end(rows)
        return answer({"stacks": page, **more})

    def _end(self, rows: list[Stack]) -> Json:
        """The end of a list in each of the ways it is written: null, absent, and empty."""
        if not self._wire.current:
            return {"continuationToken": None}
        return {} if rows else {"continuationToken": ""}

    async def stack(self, request: web.Request) -> web.Response:
        """One stack."""
        Query(request)
        return answer(self._wire.stack(self._gate.stack(request)))

    async def updates(self, request: web.Request) -> web.Response:
        """The history, newest first; bare unless `output-type=service`."""
        asked = Query(request, "page", "pageSize", "output-type")
        stack, form = self._gate.stack(request), asked.text("output-type") or "cli"
        if form not in {"cli", "service"}:
            raise fault(400, "Invalid 'output-type' value.")
        page, size = asked.integer("page"), asked.integer("pageSize") or UPDATES_A_PAGE
        found, wire = _page(stack.updates[::-1], page, size), self._wire
        if form == "cli":
            return answer({"updates": [wire.info(stack, update) for update in found]})
        items = [wire.update(stack, update) for update in found]
        return answer({"updates": items, "itemsPerPage": size, "total": len(stack.updates)})

    async def update(self, request: web.Request) -> web.Response:
        """One update of the history, by its version or `latest`."""
        Query(request)
        stack = self._gate.stack(request)
        return answer(self._wire.update(stack, _by_version(stack, request.match_info["version"])))

    async def previews(self, request: web.Request) -> web.Response:
        """The previews since an update, oldest first unless `asc=false`."""
        asked = Query(request, "asc", "page", "pageSize")
        stack, page = self._gate.stack(request), asked.integer("page", hint=" Must be >= 0.")
        size = asked.integer("pageSize", UPDATES_A_PAGE if page else 0, hint=" Must be >= 1.")
        if page and not size:
            raise fault(400, "Invalid 'pageSize' value. Must be >= 1.")
        if size and not page:
            raise fault(400, "Invalid 'pageSize' value. Must be 0 or unset when 'page' is 0.")
        found = _previews(stack, request.match_info["version"])
        ordered = found if asked.flag("asc", otherwise=True) else found[::-1]
        items = [self._wire.update(stack, each) for each in _page(ordered, page, size)]
        return answer({"updates": items, "itemsPerPage": size or UPDATES_A_PAGE, "total": len(found)})

    async def preview(self, request: web.Request) -> web.Response:
        """One preview, by its id."""
        Query(request)
        stack, update = self._update(request)
        if update not in stack.previews:
            raise fault(404, f"Update '{update.id}' not found")
        return answer(self._wire.update(stack, update))

    async def status(self, request: web.Request) -> web.Response:
        """Where an update or a preview stands."""
        asked = Query(request, "continuationToken")
        stack, update = self._update(request)
        redeem(asked.text("continuationToken"), "invalid query parameter", "status", update.id)
        return answer(self._wire.status(stack, update))

    async def events(self, request: web.Request) -> web.Response:
        """The events that have arrived since the token; a null token once it is over and all were given."""
        asked = Query(request, "continuationToken", "urn", "include_non_activated", many=("type",))
        asked.integers("type")
        asked.flag("include_non_activated", otherwise=False)
        stack, update = self._update(request)
        first = redeem(asked.text("continuationToken"), "Invalid continuation token.", update.id)
        there = self._theatre.released(stack, update)
        if first > there:
            raise fault(400, "Invalid continuation token.")
        last = min(there, first + EVENTS_A_PAGE)
        found = [self._wire.event(each) for each in self._theatre.events(stack, update, first, last)]
        if urn := asked.text("urn"):
            found = [each for each in found if _about(each) == urn]
        through = last == there and self._theatre.through(stack, update)
        return answer({"events": found, "continuationToken": None if through else issue(last, update.id)})


def _wanted(stack: Stack, asked: Query) -> bool:
    place, tag = stack.place, asked.text("tagName")
    return (
        asked.text("organization") in {"", place.org}
        and asked.text("project") in {"", place.project}
        and (not tag or tag in stack.tags)
        and (not asked.given("tagValue") or stack.tags[tag] == asked.text("tagValue"))
    )


def _page(found: list[Update], page: int, size: int) -> list[Update]:
    """The page, counted from 1; all of it for page 0."""
    return found[(page - 1) * size : page * size] if page else found


def _by_version(stack: Stack, text: str) -> Update:
    version = str(stack.updates[-1].version) if text == "latest" and stack.updates else text
    found = next((u for u in stack.updates if str(u.version) == version), None)
    if found is None:
        raise fault(404, f"Version '{text}' not found")
    return found


def _previews(stack: Stack, text: str) -> list[Update]:
    """The previews made since the update and before the next; a preview has the version it would have got."""
    if text == "latest" and not stack.updates:
        return list(stack.previews)
    since = _by_version(stack, text).version
    return [p for p in stack.previews if p.version == since + 1]


def _about(event: dict[str, Any]) -> str:
    body = event[event["type"]]
    return str(body.get("metadata", body).get("urn") or body.get("resourceUrn", ""))
