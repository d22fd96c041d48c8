"""A stack's state as it is exported: resources with their providers, outputs, what was begun and not ended. Pure."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.pulumi.kinds import SENTINEL
from sandbox.pulumi.plan import Plan, Step
from sandbox.pulumi.resources import Resource, digest
from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.world import Stack, Update

Json = dict[str, Any]

_PROTECTED = frozenset({"aws:rds/instance:Instance", "aws:kms/key:Key", "aws:dynamodb/table:Table"})
_LOOKED_UP = frozenset({"aws:iam/policy:Policy"})  # read, not managed: somebody else's
_PENDING: Mapping[str, str] = {"create": "creating", "update": "updating", "delete": "deleting", "refresh": "reading"}
_PROVIDER = "pulumi:providers:"
_ENGINE = "v3.259.0"


def deployment(theatre: Theatre, stack: Stack, update: Update, *, dated: bool) -> Json:
    """The state after an update. `dated`: resources say since when they are there."""
    after = theatre.ending(stack, update).after
    end = update.wall(theatre.ending(stack, update).seconds)
    dates = {"created": moment(stack.updates[0].started), "modified": moment(end)} if dated else {}
    pending = [_pending(step) for step in _begun(theatre.plan(stack, update))]
    return {
        "manifest": {"time": moment(end), "magic": digest(_ENGINE), "version": _ENGINE},
        "secrets_providers": {"type": "service", "state": _service(stack)},
        "resources": [{**each, **dates} for each in _resources(after, stack.origin.region)],
        **({"pending_operations": pending} if pending else {}),
        "metadata": {},
    }


def moment(seconds: float) -> str:
    """A time as Go writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _service(stack: Stack) -> Json:
    place = stack.place
    return {"url": "https://api.pulumi.com", "owner": place.org, "project": place.project, "stack": place.stack}


def _begun(plan: Plan) -> Iterator[Step]:
    return (step for step in plan.steps if step.fate == "interrupted")


def _pending(step: Step) -> Json:
    return {"resource": _resource(step.resource), "type": _PENDING[step.op]}


def _resources(after: Iterable[Resource], region: str) -> Iterator[Json]:
    """The stack first, then the providers in use, then the rest; each depends on the one before it in its component."""
    there = list(after)
    yield from (_resource(each) for each in there[:1])
    yield from (_provider(each, region) for each in dict.fromkeys(r.provider for r in there if r.provider))
    latest: dict[str, str] = {}
    for each in there[1:]:
        yield {**_resource(each), **_dependencies(each, latest.get(each.parent))}
        latest[each.parent] = each.urn


def _dependencies(resource: Resource, other: str | None) -> Json:
    if not resource.custom:
        return {}
    names = [name for name in resource.inputs or {} if not name.startswith("__")]
    wanted: Json = {name: [other] if other and number == 0 else None for number, name in enumerate(names)}
    return {**({"dependencies": [other]} if other else {}), **({"propertyDependencies": wanted} if wanted else {})}


def _resource(resource: Resource) -> Json:
    return {
        "urn": resource.urn,
        "custom": resource.custom,
        **({"id": resource.id} if resource.custom else {}),
        "type": resource.type,
        "inputs": sealed(resource.inputs or {}, resource.urn),
        "outputs": sealed(resource.outputs or {}, resource.urn),
        **({"parent": resource.parent} if resource.parent else {}),
        **({"protect": True} if resource.type in _PROTECTED else {}),
        **({"external": True} if resource.type in _LOOKED_UP else {}),
        **({"provider": resource.provider} if resource.provider else {}),
    }


def _provider(reference: str, region: str) -> Json:
    """The provider that a reference, a URN and an id, stands for."""
    urn, _, ident = reference.rpartition("::")
    kind = urn.split("::")[2]
    version = urn.rpartition("default_")[2].replace("_", ".")
    inputs = {"version": version} | ({"region": region} if kind == f"{_PROVIDER}aws" else {})
    return {"urn": urn, "custom": True, "id": ident, "type": kind, "inputs": inputs, "outputs": inputs}


def sealed(value: object, *path: object) -> Any:  # noqa: ANN401 - the same shape as came in
    """The value with every secret as ciphertext of its own."""
    match value:
        case Mapping() if SENTINEL in value:
            hidden = bytes.fromhex(digest("sealed", *path))
            return {SENTINEL: value[SENTINEL], "ciphertext": "AAAB" + b64encode(hidden).decode()}
        case Mapping():
            return {key: sealed(each, *path, key) for key, each in value.items()}
        case list():
            return [sealed(each, *path, number) for number, each in enumerate(value)]
        case _:
            return value
