"""An organization's audit log: pages of it, files of it, and what kinds of event there are."""

import gzip
from collections.abc import Iterator

from aiohttp import web

from sandbox.pulumi import audit, wire_orgs
from sandbox.pulumi.gate import Gate
from sandbox.pulumi.http import ORG, Query, answer, fault
from sandbox.pulumi.organizations import AuditEvent, Organization

EVENTS_A_PAGE = 75
LINES_A_FILE = 400
_PLAN = "Audit Logs is available only to organizations with an Enterprise subscription."
_NAMES = ("startTime", "endTime", "userFilter", "eventFilter", "format", "continuationToken")
_IGNORED = ("eventType", "user")  # what the CLI sends instead of the filters


class AuditRoutes:
    """The routes below `auditlogs`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get(f"{ORG}/auditlogs", self.page),
            web.get(f"{ORG}/auditlogs/export", self.export),
            web.get(f"{ORG}/auditlogs/event-types", self.kinds),
        ]

    def _organization(self, request: web.Request) -> Organization:
        org = self._gate.organization(request, "administer")
        if not org.enterprise:
            raise fault(400, _PLAN)
        return org

    async def page(self, request: web.Request) -> web.Response:
        """A page, newest first. Its token is the time of its last event, whose second comes again on the next."""
        asked, org = Query(request, *_NAMES, *_IGNORED), self._organization(request)
        if asked.text("format") not in {"", "json"}:
            raise fault(400, "Invalid 'format' value.")
        events = list(self._found(org, asked))
        found = audit.page(events, EVENTS_A_PAGE)
        more = {"continuationToken": str(found[-1].timestamp)} if len(found) < len(events) else self._end()
        return answer({"auditLogEvents": [wire_orgs.audit(self._gate.wire, each) for each in found], **more})

    def _end(self) -> dict[str, object]:
        return {} if self._gate.wire.current else {"continuationToken": None}

    def _found(self, org: Organization, asked: Query) -> Iterator[AuditEvent]:
        """What is older than `startTime`, or as old as the token and older. `endTime` is a newest bound, too."""
        if not (asked.given("startTime") or asked.text("continuationToken")):
            raise fault(400, "Either 'startTime' or 'continuationToken' is required.")
        newest = (
            asked.integer("continuationToken") if asked.text("continuationToken") else asked.integer("startTime") - 1
        )
        if asked.given("endTime"):
            newest = min(newest, asked.integer("endTime"))
        user, kind = asked.text("userFilter"), asked.text("eventFilter")
        if user and user not in self._gate.world.people:
            raise fault(404, "user not found")
        kind = audit.KINDS.get(kind, (kind, ""))[0]
        for each in org.newest_first():
            if each.timestamp <= newest and user in {"", each.login} and kind in {"", each.event}:
                yield each

    async def export(self, request: web.Request) -> web.Response:
        """A file, always compressed. It has an end: for what is older, ask again from there."""
        asked, org = Query(request, *_NAMES, *_IGNORED), self._organization(request)
        form = asked.text("format") or "csv"
        if form not in {"csv", "cef"}:
            raise fault(400, "Invalid 'format' value.")
        events = audit.page(self._found(org, asked), LINES_A_FILE)
        names = {login: person.name for login, person in self._gate.world.people.items()}
        text = audit.as_csv(events, names) if form == "csv" else audit.as_cef(events)
        words = f"Exported audit logs as {form.upper()}"
        self._gate.note(request, [org.name], "Audit Logs Exported", words, org_admin=True)
        packed = gzip.compress(text.encode(), mtime=0)
        return web.Response(body=packed, content_type="text/plain", headers={"Content-Encoding": "gzip"})

    async def kinds(self, request: web.Request) -> web.Response:
        """What the filter takes."""
        Query(request)
        self._organization(request)
        found = [
            {
                "event": name,
                "displayName": shown,
                "description": about,
                "deprecated": name in audit.DEPRECATED,
                **({"replacedBy": audit.DEPRECATED[name]} if name in audit.DEPRECATED else {}),
            }
            for name, (shown, about) in audit.KINDS.items()
        ]
        return answer({"eventTypes": found})
