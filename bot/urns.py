"""Names of resources: `urn:pulumi:<stack>::<project>::<parent types joined by $, then the type>::<name>`.

https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
"""

from dataclasses import dataclass
from typing import Final

from bot.plain import plain

STACK_TYPE: Final = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True)
class Resource:
    """What people call a resource. `urn` is as it came; `type` and `name` are plain text on one line."""

    urn: str
    type: str
    name: str

    def __str__(self) -> str:
        return f"{short_type(self.type)} {self.name}".strip()


def resource(urn: str, type_: str = "") -> Resource:
    """Split a URN, whose name may hold anything, `::`, `$` and quotes included. The `type_` of an event wins.

    What is no URN becomes a name, so that it is still shown.
    """
    parts = urn.split("::", 3)
    if len(parts) < 4 or not urn.startswith("urn:"):  # noqa: PLR2004  # stack, project, types, name
        return Resource(urn, _line(type_), _line(urn))
    return Resource(urn, _line(type_ or parts[2].rpartition("$")[2]), _line(parts[3]))


def _line(text: str) -> str:
    return plain(text).replace("\n", " ")


def short_type(type_: str) -> str:
    """`aws:s3/bucket:Bucket` is `aws:s3:Bucket`, as the CLI shows it; other types stay as they are."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.partition(":")
    folder, slash, file = module.rpartition("/")
    if slash and name and file == name[:1].lower() + name[1:]:
        return f"{package}:{folder}:{name}"
    return type_
