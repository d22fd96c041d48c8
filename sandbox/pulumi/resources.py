"""Resources as values, and what a stack's program declares at a revision. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from random import Random
from string import Template
from typing import Any, Self

from sandbox.pulumi.kinds import KINDS, SECRET, STACK
from sandbox.pulumi.kits import FALLBACK, KITS, ODD_NAMES, PROGRAMS, RELEASED, RUNTIMES

_PROVIDERS = {"aws": "6.66.2", "kubernetes": "4.21.1", "random": "4.16.8"}


def dice(*parts: object) -> Random:
    """Chance that is the same every time for the same parts."""
    return Random(":".join(map(str, parts)))  # noqa: S311 - decoration of a fake, not a secret


def digest(*parts: object) -> str:
    """A stable hexadecimal name for the parts."""
    return sha256(":".join(map(str, parts)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a stack is: the full name."""

    org: str
    project: str
    stack: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `org/project/stack`; ValueError for anything else."""
        org, project, stack = text.split("/")
        return cls(org, project, stack)

    def __str__(self) -> str:
        return f"{self.org}/{self.project}/{self.stack}"

    def urn(self, types: str, name: str) -> str:
        """The URN of a resource: parent types and its own joined by `$`, and its name as it is."""
        return f"urn:pulumi:{self.stack}::{self.project}::{types}::{name}"

    @property
    def root(self) -> str:
        """The URN of the stack itself."""
        return self.urn(STACK, f"{self.project}-{self.stack}")

    @property
    def region(self) -> str:
        """Where its cloud resources live."""
        return "eu-central-1" if self.stack.endswith("eu") else "us-west-2"

    @property
    def runtime(self) -> str:
        """The language its program is written in."""
        return RUNTIMES.get(self.project, "nodejs")


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource in a stack's state. `released` ones are replaced under another name by each release."""

    urn: str
    type: str
    name: str
    parent: str = ""
    id: str = ""
    inputs: Mapping[str, Any] | None = None
    outputs: Mapping[str, Any] | None = None
    provider: str = ""
    released: bool = False

    @property
    def custom(self) -> bool:
        """Whether a provider manages it; components and the stack are the program's own."""
        return bool(self.provider)

    @property
    def seconds(self) -> float:
        """How long it takes to create."""
        return KINDS[self.type].seconds if self.custom else 0.1

    def turned(self, salt: object, key: str = "") -> tuple["Resource", str]:
        """Itself with one input changed, and which one."""
        if not self.custom:
            return replace(self, outputs={**(self.outputs or {}), "revision": digest(salt)[:7]}), "revision"
        knob, value = KINDS[self.type].knob
        value = fill(value, {"hex": digest(salt, self.urn)[:8], "project": key or self.name, "name": self.name})
        if value == (self.inputs or {}).get(knob):
            knob, value = "tags", {"revision": digest(salt)[:7]}
        return replace(self, inputs={**(self.inputs or {}), knob: value}), knob

    def renewed(self, salt: object) -> "Resource":
        """Itself as a replacement leaves it: another id."""
        return replace(self, id=self.id[:-8] + digest(salt, self.urn)[:8])


def fill(value: object, names: Mapping[str, str]) -> Any:  # noqa: ANN401 - the same shape as came in
    """The value with every `$name` in its texts filled in."""
    match value:
        case str():
            return Template(value).safe_substitute(names)
        case Mapping() if value is SECRET:
            return value
        case Mapping():
            return {key: fill(each, names) for key, each in value.items()}
        case list():
            return [fill(each, names) for each in value]
        case _:
            return value


def make(place: Place, kind: str, name: str, above: Resource | None = None, *, released: bool = False) -> Resource:
    """A custom resource of the type, below a component (else below the stack)."""
    urn = place.urn(f"{above.type}${kind}" if above else kind, name)
    names = _names(place, name, urn)
    about = KINDS[kind]
    ident, inputs = fill(about.id, names), fill(about.inputs, names)
    return Resource(
        urn=urn,
        type=kind,
        name=name,
        parent=above.urn if above else place.root,
        id=ident,
        inputs=inputs,
        outputs={**inputs, **fill(about.outputs, names), "id": ident},
        provider=_provider(place, kind.partition(":")[0]),
        released=released,
    )


def component(place: Place, kind: str, name: str) -> Resource:
    """A component below the stack."""
    return Resource(place.urn(kind, name), kind, name, place.root, inputs={}, outputs={})


def _names(place: Place, name: str, urn: str) -> dict[str, str]:
    account = "4" + str(int(digest(place.org, place.stack)[:12], 16)).zfill(15)[:11]
    return {
        "name": name,
        "hex": digest(place, urn)[:17],
        "account": account,
        "region": place.region,
        "stack": place.stack,
        "project": place.project,
    }


def _provider(place: Place, package: str) -> str:
    version = _PROVIDERS[package].replace(".", "_")
    name = digest(place, package)
    ident = f"{name[:8]}-{name[8:12]}-4{name[13:16]}-a{name[17:20]}-{name[20:32]}"
    return f"{place.urn(f'pulumi:providers:{package}', f'default_{version}')}::{ident}"


@lru_cache(maxsize=512)
def base(place: Place, size: int | None = None) -> tuple[Resource, ...]:
    """What the program declares whatever its revision: the stack first, parents before children."""
    return tuple(_declared(place))[:size]


def _declared(place: Place) -> Iterator[Resource]:
    yield Resource(
        place.root,
        STACK,
        f"{place.project}-{place.stack}",
        inputs={},
        outputs=_published(place),
    )
    for kit, name in PROGRAMS.get(place.project, FALLBACK):
        top = component(place, KITS[kit].component, name)
        yield top
        for suffix, kind in KITS[kit].children:
            yield make(place, kind, f"{name}-{suffix}", top)
    for name, kind in ODD_NAMES.get(place.project, ()):
        yield make(place, kind, name)


def _published(place: Place) -> dict[str, Any]:
    """The outputs of the stack: a text, a list, an object, a number, and secrets, one of them deep inside."""
    return {
        "url": f"https://{place.stack}.acme.example",
        "zones": [f"{place.region}a", f"{place.region}b"],
        "replicas": 2 + int(digest(place, "replicas")[:2], 16) % 4,
        "adminPassword": SECRET,
        "database": {"host": f"db.{place.stack}.acme.example", "port": 5432, "password": SECRET},
    }


def releases(place: Place, revision: int) -> tuple[Resource, ...]:
    """What the program declares under a new name at each revision."""
    mark = digest(place, "release", revision)[:7]
    return tuple(make(place, kind, f"{name}-{mark}", released=True) for name, kind in RELEASED)


def program(place: Place, revision: int, size: int | None = None) -> tuple[Resource, ...]:
    """Everything that the program declares at a revision, `size` in all if given."""
    extra = releases(place, revision)
    return base(place, None if size is None else size - len(extra)) + extra
