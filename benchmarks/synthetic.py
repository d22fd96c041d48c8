"""Made-up events of one large update, as List Update Events serves them: with `type`, without `sequence`.

About 2 KB an event, as real AWS and EKS updates have them. Every resource begins and ends; one in a hundred fails.
"""

from collections.abc import Iterator
from itertools import chain, islice
from random import Random
from typing import Any, Final

import msgspec

PAGE: Final = 500  # events

_START: Final = 1_795_500_000
_OPS: Final = ("same", "same", "same", "create", "create", "update", "update", "delete", "replace")
_TYPES: Final = (
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:s3/bucketV2:BucketV2",
    "aws:lambda/function:Function",
    "aws:rds/instance:Instance",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:core/v1:ConfigMap",
    "acme:web:Service",  # a component
)

Event = dict[str, Any]


def pages(count: int) -> Iterator[bytes]:
    """Pages of together `count` events, or one or two more; always the same ones."""
    events = _events(count)
    number = 0
    while page := list(islice(events, PAGE)):
        number += 1
        token = f"{number * PAGE}-+/synthetic" if len(page) == PAGE else None
        yield msgspec.json.encode({"events": page, "continuationToken": token})


def _events(count: int) -> Iterator[Event]:
    chance = Random(7)  # noqa: S311  # the same events each time
    yield _event(0, "preludeEvent", {"config": {"aws:region": "eu-central-1"}})
    resources = chain.from_iterable(_resource(chance, number) for number in range(count))
    yield from islice(resources, max(0, count - 2))
    yield _event(count, "summaryEvent", {"maybeCorrupt": False, "durationSeconds": 900, "resourceChanges": {"same": 9}})


def _resource(chance: Random, number: int) -> Iterator[Event]:
    """It begins, perhaps says something, and is done or has failed."""
    step = _step(chance, number)
    failed = chance.random() < 0.01  # noqa: PLR2004  # 1 %
    yield _event(number, "resourcePreEvent", {"metadata": step, "planning": False})
    if failed or chance.random() < 0.03:  # noqa: PLR2004  # 3 %
        yield _event(number, "diagnosticEvent", _diagnostic(step["urn"], failed=failed))
    if failed:
        yield _event(number, "resOpFailedEvent", {"metadata": step, "status": 0, "steps": 1})
    else:
        yield _event(number, "resOutputsEvent", {"metadata": step, "planning": False})


def _event(number: int, kind: str, payload: Event) -> Event:
    return {"timestamp": _START + number // 40, "type": kind, kind: payload}


def _diagnostic(urn: str, *, failed: bool) -> Event:
    said = "creating: operation error: api error InvalidParameterCombination" if failed else "retrying (throttled)"
    severity = "error" if failed else "info#err"
    return {"urn": urn, "prefix": "", "message": f"<{{%reset%}}>{said}<{{%reset%}}>\n", "severity": severity}


def _step(chance: Random, number: int) -> Event:
    kind, op = chance.choice(_TYPES), chance.choice(_OPS)
    urn = f"urn:pulumi:prod::platform::acme:web:Service${kind}::resource-{number:06d}"
    state = _state(chance, urn, kind, number)
    step = {"op": op, "urn": urn, "type": kind, "logical": True, "provider": state["provider"]}
    step |= {"old": None if op == "create" else state, "new": None if op == "delete" else state}
    return step | ({"keys": ["cidrBlocks"], "diffs": ["tags"]} if op in {"update", "replace"} else {})


def _state(chance: Random, urn: str, kind: str, number: int) -> Event:
    tags = {f"team.acme.example/label-{index}": f"value {chance.randrange(10**6)}" for index in range(3)}
    inputs = {"__defaults": ["enableDns", "tenancy"], "name": f"resource-{number}", "enableDns": True, "tags": tags}
    outputs = inputs | {"arn": f"arn:aws:service:eu-central-1:123456789012:thing/{number:012x}", "createdAt": _START}
    outputs["environment"] = {"variables": {f"SETTING_{index}": f"“{index}” & <more>" for index in range(4)}}
    state = {"type": kind, "urn": urn, "id": f"id-{number:012x}", "inputs": inputs, "outputs": outputs}
    state |= {"parent": "urn:pulumi:prod::platform::pulumi:pulumi:Stack::platform-prod"}
    state |= {"provider": "urn:pulumi:prod::platform::pulumi:providers:aws::default_7_1_0::8f742231-b10e-4888-abcd"}
    return state if kind.startswith("acme") else state | {"custom": True}
