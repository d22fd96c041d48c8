"""An exported state, which may be tens of megabytes, decoded straight into the few fields that are needed.

Inputs, outputs and secrets of the resources are skipped while reading; only the stack's own outputs are looked at.
https://www.pulumi.com/docs/reference/cloud-rest-api/stacks/#get-stack-state
"""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from bot.errors import BadAnswer
from bot.events import mended
from bot.pulumi.wire import instant
from bot.state import PendingOperation, StackState, StateResource, Value, masked
from bot.urns import STACK_TYPE

_NOTHING: Final = Raw(b"null")


class _Resource(Struct, gc=False, rename="camel"):
    urn: str
    type: str = ""
    id: str | None = None
    parent: str | None = None
    custom: bool | None = None
    protect: bool | None = None
    external: bool | None = None
    delete: bool | None = None
    init_errors: Raw = _NOTHING
    created: str | None = None
    modified: str | None = None
    outputs: Raw = _NOTHING

    def known(self) -> StateResource:
        return StateResource(
            urn=self.urn,
            type=self.type,
            id=self.id or "",
            parent=self.parent or "",
            custom=bool(self.custom),
            protect=bool(self.protect),
            external=bool(self.external),
            delete=bool(self.delete),
            failed=bytes(self.init_errors) not in {b"null", b"[]"},
            created=instant(self.created or ""),
            modified=instant(self.modified or ""),
        )


class _Pending(Struct):
    resource: _Resource
    type: str = ""

    def known(self) -> PendingOperation:
        return PendingOperation(urn=self.resource.urn, type=self.resource.type, kind=self.type)


class _Manifest(Struct):
    time: str | None = None
    version: str | None = None


class _Deployment(Struct):
    manifest: _Manifest | None = None
    resources: list[_Resource] | None = None
    pending_operations: list[_Pending] | None = None


class _Export(Struct):
    version: int | None = None
    deployment: _Deployment | None = None


_EXPORT: Final = msgspec.json.Decoder(_Export)
_OUTPUTS: Final = msgspec.json.Decoder(dict[str, object] | None)


def decode_state(endpoint: str, body: bytes) -> StackState:
    """Read an exported state. Raises BadAnswer that names the field that does not fit, and no value."""
    try:
        return _state(body)
    except (ValueError, RecursionError):
        pass  # it may only be half a surrogate pair, which Go writes and msgspec refuses
    try:
        return _state(mended(body))
    except RecursionError:
        problem = "it is nested too deeply"
    except ValueError as error:
        problem = str(error)
    raise BadAnswer(endpoint, problem)


def _state(body: bytes) -> StackState:
    export = _EXPORT.decode(body)
    deployment = export.deployment or _Deployment()
    manifest, resources = deployment.manifest or _Manifest(), deployment.resources or []
    return StackState(
        version=export.version,
        time=instant(manifest.time or ""),
        engine=manifest.version or "",
        resources=tuple(each.known() for each in resources),
        outputs=next((_outputs(each) for each in resources if each.type == STACK_TYPE and not each.delete), {}),
        pending=tuple(each.known() for each in deployment.pending_operations or ()),
    )


def _outputs(stack: _Resource) -> dict[str, Value]:
    found: dict[str, Value] = _OUTPUTS.decode(stack.outputs) or {}
    return {name: masked(value) for name, value in found.items()}
