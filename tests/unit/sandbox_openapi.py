"""Pulumi's own OpenAPI document, to hold answers against."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

OPENAPI = Path(__file__).resolve().parents[3] / "shared" / "pulumi" / "openapi.json"
documented = pytest.mark.skipif(not OPENAPI.exists(), reason="the OpenAPI document is not beside the repository")


def valid(name: str, body: Any) -> None:
    """The body is as the schema of that name says."""
    jsonschema.validate(body, {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas()}})


@cache
def schemas() -> Any:
    return tolerant(json.loads(OPENAPI.read_text())["components"]["schemas"])


def tolerant(node: Any) -> Any:
    """The document's schemas, without three faults: no nullable, `object` for any value, a closed list of tag names."""
    if isinstance(node, list):
        return [tolerant(each) for each in node]
    if not isinstance(node, dict):
        return node
    fields = {key: tolerant(value) for key, value in node.items() if key not in {"description", "title"}}
    for key in ("properties", "additionalProperties"):
        inner = fields.get(key)
        if key == "properties" and isinstance(inner, dict):
            fields[key] = {name: {"anyOf": [{"type": "null"}, each]} for name, each in inner.items()}
        elif isinstance(inner, dict) and set(inner) <= {"type"}:
            fields[key] = {} if inner.get("type") == "object" else inner
    return fields
