"""Tags of a stack: added, changed, removed one by one, or replaced all at once."""

from re import fullmatch

from aiohttp import web

from sandbox.pulumi.body import fields, read
from sandbox.pulumi.gate import Gate
from sandbox.pulumi.http import STACK, Query, fault, nothing
from sandbox.pulumi.world import Stack

_BUILT_IN = frozenset({
    "pulumi:project", "pulumi:runtime", "pulumi:description", "pulumi:template", "pulumi:secrets_provider",
    "vcs:owner", "vcs:repo", "vcs:kind", "vcs:root", "gitHub:owner", "gitHub:repo",
})  # fmt: skip
_LONGEST = 256


class TagRoutes:
    """The routes below a stack's `tags`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.post(f"{STACK}/tags", self.add),
            web.patch(f"{STACK}/tags", self.replace),
            web.patch(f"{STACK}/tags/{{tag}}", self.update),
            web.delete(f"{STACK}/tags/{{tag}}", self.delete),
        ]

    async def add(self, request: web.Request) -> web.Response:
        """A new tag; one that is there is refused."""
        Query(request)
        stack, body = self._gate.stack(request, "edit"), await read(request, "name", "value")
        name, value = body.text("name"), body.text("value")
        if name in stack.tags:
            raise fault(400, f"Tag '{name}' already exists.")
        _check(name, value)
        if name in _BUILT_IN:
            raise fault(400, f"Invalid tag name '{name}'.")
        stack.tags[name] = value
        self._note(request, stack, "Added", name)
        return nothing()

    async def update(self, request: web.Request) -> web.Response:
        """Another value for a tag that is there."""
        Query(request)
        stack, tag = self._gate.stack(request, "edit"), request.match_info["tag"]
        body = await read(request, "name", "value")
        if tag not in stack.tags:
            raise fault(404, "Tag not found")
        if tag in _BUILT_IN or body.text("name") != tag:
            raise fault(400, "built-in tags cannot be updated or invalid tag name")
        _check(tag, body.text("value"))
        stack.tags[tag] = body.text("value")
        self._note(request, stack, "Updated", tag)
        return nothing()

    async def replace(self, request: web.Request) -> web.Response:
        """These tags and no others."""
        Query(request)
        stack, tags = self._gate.stack(request, "edit"), await fields(request)
        for name, value in tags.items():
            _check(name, value)
        if tags.get("pulumi:project", stack.place.project) != stack.place.project:
            raise fault(400, "Cannot change project's name or tags are invalid")
        stack.tags = dict(tags)
        words = f'Replaced the tags of stack "{stack.place.project}/{stack.place.stack}"'
        self._gate.note(request, [stack.place.org], "Stack Tags Replaced", words)
        return nothing()

    async def delete(self, request: web.Request) -> web.Response:
        """The tag goes, unless it is one of Pulumi's own."""
        Query(request)
        stack, tag = self._gate.stack(request, "edit"), request.match_info["tag"]
        if tag in _BUILT_IN:
            raise fault(400, "built-in tags cannot be deleted")
        if stack.tags.pop(tag, None) is None:
            raise fault(404, "Tag not found")
        self._note(request, stack, "Deleted", tag)
        return nothing()

    def _note(self, request: web.Request, stack: Stack, done: str, name: str) -> None:
        words = f'{done} tag "{name}" of stack "{stack.place.project}/{stack.place.stack}"'
        self._gate.note(request, [stack.place.org], f"Stack Tag {done}", words)


def _check(name: str, value: object) -> None:
    if not fullmatch(r"[A-Za-z0-9._:-]{1,40}", name):
        raise fault(400, f"Invalid tag name '{name}'.")
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise fault(400, f"Invalid value of tag '{name}': at most {_LONGEST} characters.")
