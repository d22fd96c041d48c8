"""What is done with a whole stack: its state downloaded, the stack given away or deleted."""

from re import fullmatch

from aiohttp import web

from sandbox.pulumi.body import read
from sandbox.pulumi.gate import Gate
from sandbox.pulumi.http import STACK, Query, answer, fault, nothing
from sandbox.pulumi.state import deployment
from sandbox.pulumi.wire import Json
from sandbox.pulumi.world import Stack, Update

_BUSY = "Another update is currently in progress."


class StackRoutes:
    """Export, transfer, delete."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get(f"{STACK}/export", self.export),
            web.get(f"{STACK}/export/{{version}}", self.export_version),
            web.post(f"{STACK}/transfer", self.transfer),
            web.delete(STACK, self.delete),
        ]

    async def export(self, request: web.Request) -> web.Response:
        """The state after the newest update that has ended."""
        Query(request)
        stack = self._gate.stack(request)
        latest = self._gate.theatre.latest(stack)
        self._exported(request, stack)
        if latest is None:
            return answer({**self._form(), **({"deployment": None} if stack.previews else {})})
        return answer(self._state(stack, latest))

    async def export_version(self, request: web.Request) -> web.Response:
        """The state after an update, by its version."""
        Query(request)
        stack, version = self._gate.stack(request), request.match_info["version"]
        if not fullmatch(r"[0-9]{1,9}", version):
            raise fault(400, "invalid 'version' parameter")
        done = (u for u in stack.updates if self._gate.theatre.over(stack, u))
        update = next((u for u in done if u.version == int(version)), None)
        if update is None:
            raise fault(404, f"Stack Version '{version}' not found")
        self._exported(request, stack)
        return answer(self._state(stack, update))

    def _form(self) -> Json:
        return {"version": 4, "features": []} if self._gate.wire.current else {"version": 3}

    def _state(self, stack: Stack, update: Update) -> Json:
        gate = self._gate
        return {**self._form(), "deployment": deployment(gate.theatre, stack, update, dated=gate.wire.current)}

    def _exported(self, request: web.Request, stack: Stack) -> None:
        place = stack.place
        self._gate.note(request, [place.org], "Stack Exported", f"Exported stack {place.project}/{place.stack}")

    def _idle(self, stack: Stack) -> None:
        if self._gate.theatre.running(stack):
            raise fault(409, _BUSY)

    async def transfer(self, request: web.Request) -> web.Response:
        """Give it to another organization that the caller belongs to; it needs an administrator of this one."""
        Query(request)
        stack, caller = self._gate.stack(request, "administer"), self._gate.caller(request)
        body = await read(request, "toOrg", "fromOrg", "projectName", "stackName")
        place, to = stack.place, body.text("toOrg")
        for field, value in (("fromOrg", place.org), ("projectName", place.project), ("stackName", place.stack)):
            if body.given(field) and body.text(field) != value:
                raise fault(400, f"Invalid '{field}' value.")
        if not to or to == place.org:
            raise fault(400, "Invalid 'toOrg' value.")
        if caller.role(to) is None:
            raise fault(404, f"Organization '{to}' not found")
        self._idle(stack)
        self._move(request, stack, to)
        return nothing()

    def _move(self, request: web.Request, stack: Stack, to: str) -> None:
        old = stack.place
        if any(p.org == to and (p.project, p.stack) == (old.project, old.stack) for p in self._gate.world.stacks):
            raise fault(409, f"Stack '{to}/{old.project}/{old.stack}' already exists.")
        self._gate.world.move(stack, to)
        stack.team = ""
        words = f'Transferred stack "{old.project}/{old.stack}" from "{old.org}" to "{to}"'
        self._gate.note(request, [old.org, to], "Stack Transferred", words, org_admin=True, stack_admin=True)

    async def delete(self, request: web.Request) -> web.Response:
        """Forget it; one with resources only by force. `forceDestroy`, which an old client sends, means nothing."""
        force = Query(request, "force", "forceDestroy").flag("force", otherwise=False)
        stack = self._gate.stack(request, "delete")
        self._idle(stack)
        if self._gate.wire.resources(stack) and not force:
            raise fault(400, "Stack still contains resources.")
        place = stack.place
        del self._gate.world.stacks[place]
        words = f'Deleted stack "{place.project}/{place.stack}"{" by force" if force else ""}'
        self._gate.note(request, [place.org], "Stack Deleted", words, stack_admin=True)
        return nothing()
