"""The state of a stack as far as people may see it: no inputs, no secrets, and of the outputs only the stack's own.

https://www.pulumi.com/docs/iac/concepts/state-and-backends/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from bot.urns import resource

HIDDEN: Final = "[secret]"

# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # marks a secret, is none
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

Value: TypeAlias = bool | int | float | str | list["Value"] | dict[str, "Value"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateResource:
    """A resource in a stack's state.

    `protect` refuses deletion, `external` is only read, `delete` is an old copy that awaits deletion, `failed` was
    not initialised completely. `created` and `modified` are None where the engine was too old to note them.
    """

    urn: str
    type: str
    id: str = ""
    parent: str = ""
    custom: bool = False
    protect: bool = False
    external: bool = False
    delete: bool = False
    failed: bool = False
    created: datetime | None = None
    modified: datetime | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return resource(self.urn, self.type).name


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOperation:
    """A step that an interrupted update left open. `kind` is `creating`, `updating`, `deleting` or `reading`."""

    urn: str
    type: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """A stack's state. Without resources and without `time` for a stack that never ran.

    `version` is the schema's; `time` is when the engine wrote it, `engine` the engine's version. `outputs` are the
    stack's, each secret replaced by HIDDEN.
    """

    version: int | None = None
    time: datetime | None = None
    engine: str = ""
    resources: tuple[StateResource, ...] = ()
    outputs: Mapping[str, Value] = field(default_factory=dict)
    pending: tuple[PendingOperation, ...] = ()


def masked(value: Value) -> Value:
    """The value without its secrets: whatever is marked as one becomes HIDDEN, encrypted or not, at any depth.

    RecursionError: it is nested too deeply.
    """
    if isinstance(value, list):
        return [masked(each) for each in value]
    if not isinstance(value, dict):
        return value
    mark = value.get(_SIGNATURE)
    if mark == _SECRET or (mark == _OUTPUT and value.get("secret")):
        return HIDDEN
    return {key: masked(each) for key, each in value.items()}
