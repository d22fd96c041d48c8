"""The JSON body of a request, read strictly: an object, said to be JSON, with no field that has no meaning."""

from json import JSONDecodeError
from typing import Any

from aiohttp import web

from sandbox.pulumi.http import fault


class Body:
    """Named fields. Null is the same as absent: the official client sends every field that it does not set so."""

    def __init__(self, fields: dict[str, Any], *names: str) -> None:
        self._fields = {name: value for name, value in fields.items() if value is not None}
        for name in self._fields:
            if name not in names:
                raise fault(400, f"Invalid request body: unknown field '{name}'.")

    def given(self, name: str) -> bool:
        """Whether the field has a value."""
        return name in self._fields

    def text(self, name: str) -> str:
        """A text, nothing if absent."""
        found = self._fields.get(name, "")
        if not isinstance(found, str):
            raise fault(400, f"Invalid request body: '{name}' is not a string.")
        return found

    def integer(self, name: str) -> int:
        """A whole number, 0 if absent."""
        found = self._fields.get(name, 0)
        if not isinstance(found, int) or isinstance(found, bool):
            raise fault(400, f"Invalid request body: '{name}' is not a number.")
        return found


async def fields(request: web.Request) -> dict[str, Any]:
    """The object that was sent."""
    if request.content_type != "application/json":
        raise fault(400, "Invalid request body: the Content-Type is not application/json.")
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict):
        raise fault(400, "Invalid request body.")
    return body


async def read(request: web.Request, *names: str) -> Body:
    """The body with fields of these names."""
    return Body(await fields(request), *names)
