"""What Pulumi's webhooks say, and whether it was Pulumi who said it. Pure; a delivery is only a hint to look.

No payload tells an update's id, deliveries come in any order, twice, late or never: nothing is told by what they claim.
https://www.pulumi.com/docs/deployments/concepts/webhooks/
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from bot.console import Console, read_console_url
from bot.model import StackRef

_DIGITS: Final = 64


@dataclass(frozen=True, slots=True)
class Hint:
    """Something may be new about a stack, or somewhere where `stack` is None.

    `version` is the update that it is about, where the link to it says so; `preview`: it is about a preview.
    """

    stack: StackRef | None
    kind: str
    version: int | None = None
    preview: bool = False


class Junk(ValueError):
    """A delivery that cannot be read, although it is signed."""


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether the signature is the hex HMAC-SHA256 over the raw body; upper case passes. In constant time."""
    expected = hmac.digest(secret.encode(), body, sha256).hex()
    return len(signature) == _DIGITS and hmac.compare_digest(signature.lower().encode(), expected.encode())


class _Payload(BaseModel):
    """What is read of any payload; whatever else it holds, and whatever has an odd form, is left alone."""

    model_config = ConfigDict(extra="ignore")

    organization: str = ""
    projectName: str = ""  # noqa: N815  # Pulumi's names
    stackName: str = ""  # noqa: N815
    updateUrl: str = ""  # noqa: N815
    isPreview: bool = False  # noqa: N815

    @field_validator("organization", mode="before")
    @classmethod
    def _login(cls, value: Any) -> Any:  # noqa: ANN401  # anything may be there
        """An object whose `githubLogin` is the name for paths; or the name itself, as Pulumi's prose says."""
        return _text(value.get("githubLogin") or value.get("name") if isinstance(value, dict) else value)

    @field_validator("projectName", "stackName", "updateUrl", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:  # noqa: ANN401
        return _text(value)

    @field_validator("isPreview", mode="before")
    @classmethod
    def _flag(cls, value: Any) -> Any:  # noqa: ANN401
        return value is True


def read_hint(kind: str, body: bytes, console: Console) -> Hint | None:
    """What a delivery of that kind hints at; None for a ping. Raises Junk where the body is no JSON object.

    A link is believed only where it leads into our console, and to the very stack that the payload names.
    """
    try:
        said = _Payload.model_validate_json(body)
    except ValidationError:
        raise Junk(kind) from None
    if kind == "ping":
        return None
    try:
        stack = StackRef(said.organization, said.projectName, said.stackName)
    except ValueError:
        return Hint(None, kind)
    page = read_console_url(said.updateUrl) if console.owns(said.updateUrl) else None
    version = page.update if page and page.stack == stack else None
    preview = said.isPreview or kind == "stack_preview"
    return Hint(stack, kind, int(version) if version and version.isdecimal() and not preview else None, preview)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
