"""The state of the cloud: organizations, people, stacks and their updates. What time it is comes from outside."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import inf

from sandbox.pulumi.organizations import AccessToken, Organization
from sandbox.pulumi.release import Uploads
from sandbox.pulumi.resources import Place, Resource, digest
from sandbox.pulumi.scenarios import SCENARIOS
from sandbox.pulumi.scene import PLAIN, Twist


@dataclass(frozen=True, slots=True)
class Machine:
    """What a token belongs to that is nobody's: an organization, or one of its teams."""

    name: str
    org: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A member: `orgs` maps each organization to a role. `known`: has signed up. A `machine` is no person at all."""

    login: str
    name: str
    orgs: tuple[tuple[str, str], ...]
    robot: bool = False
    known: bool = True
    machine: Machine | None = None

    def role(self, org: str) -> str | None:
        """The role in an organization."""
        return dict(self.orgs).get(org)

    def given(self, org: str, role: str | None) -> "Person":
        """With another role in an organization; None: no member of it."""
        orgs = dict(self.orgs) | ({org: role} if role else {})
        return replace(self, orgs=tuple((name, kept) for name, kept in orgs.items() if role or name != org))

    @property
    def email(self) -> str:
        """An address that exists nowhere."""
        return f"{self.login}@acme.example"

    @property
    def avatar(self) -> str:
        """A picture that exists nowhere."""
        return f"https://avatars.acme.example/{self.login}.png"


@dataclass(frozen=True, slots=True)
class Ending:
    """How an update ends: after so many `seconds` of its own time, what the history says, the state after it.

    Without a summary nobody knows its `changes`. `judged`: policies were applied.
    """

    seconds: float
    result: str
    status: str
    changes: dict[str, int] | None
    after: tuple[Resource, ...]
    steps: int
    judged: bool


@dataclass(slots=True, eq=False)
class Update:
    """An update or preview. Where it stands follows from the time, its start and its speed.

    `fresh`: it begins on an empty stack. `chained`: it begins where the one before it ended. `speed` 0: over at once.
    """

    id: str
    version: int
    scenario: str
    author: str
    message: str
    started: float
    speed: float = 1.0
    fresh: bool = False
    chained: bool = False
    twist: Twist = PLAIN
    cut: float = inf
    ending: Ending | None = None
    uploads: Uploads | None = None

    @property
    def kind(self) -> str:
        """The update's kind as the API says it."""
        return SCENARIOS[self.scenario].kind

    def elapsed(self, now: float) -> float:
        """Seconds of the update's own time that have passed; without end when it was played to its end at once."""
        return inf if not self.speed or now >= self.cut else max(0.0, (now - self.started) * self.speed)

    def wall(self, seconds: float) -> float:
        """When so many seconds of its own time have passed."""
        return min(self.started + (seconds / self.speed if self.speed else 0.0), self.cut)


@dataclass(slots=True, eq=False)
class Stack:
    """A stack. `hidden` ones do not exist for the bot's token, `forbidden` ones are listed but may not be read.

    `origin` is where it was created: its past follows from that, and from its first `owner` and `repo`. `shared`: who
    may read it without being a member.
    """

    place: Place
    tags: dict[str, str]
    config: dict[str, str]
    team: str
    origin: Place
    owner: str
    repo: str
    updates: list[Update] = field(default_factory=list)
    previews: list[Update] = field(default_factory=list)
    size: int | None = None
    hidden: bool = False
    forbidden: bool = False
    shared: frozenset[str] = frozenset()
    encores: list[tuple[str, float]] = field(default_factory=list)
    """What follows at once when the update that runs has ended: scenario and speed."""

    def find(self, update_id: str) -> Update | None:
        """The update or preview of that id."""
        return next((u for u in (*self.updates, *self.previews) if u.id == update_id), None)


@dataclass(slots=True)
class World:
    """Everything that there is at one seed."""

    seed: int
    people: dict[str, Person]
    stacks: dict[Place, Stack] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    machines: dict[str, Person] = field(default_factory=dict)
    issued: int = 0

    def visible(self, person: Person) -> Iterator[Stack]:
        """The stacks of the organizations that the person is a member of, and those that were shared.

        Hidden ones too, in the order of their creation. Who manages the bills only sees none.
        """
        orgs = {org for org, role in person.orgs if role in {"admin", "member"}}
        return (stack for stack in self.stacks.values() if stack.place.org in orgs or self._shared(person, stack))

    def _shared(self, person: Person, stack: Stack) -> bool:
        """Whether a collaborator has it, alone or by a team."""
        org = self.organizations[stack.place.org]
        team = org.teams.get(stack.team)
        guest = person.role(org.name) == "stack-collaborator"
        return guest and (person.login in stack.shared or (team is not None and person.login in team.members))

    def members(self, org: str) -> list[Person]:
        """The members of an organization, in a stable order."""
        return [person for person in self.people.values() if person.role(org)]

    def token(self, login: str) -> str:
        """The value of a person's first access token, and of a machine's by its name."""
        return "pul-" + digest("token", self.seed, login)[:40]

    def token_of_value(self, value: str) -> AccessToken | None:
        """The access token of that value."""
        return next((token for token in self.tokens.values() if token.value == value), None)

    def owner(self, token: AccessToken) -> Person:
        """Who asks with the token: a machine, or a person, without the organizations that they are suspended in."""
        person = self.machines.get(token.id) or self.people[token.owner]
        held = ((org, role) for org, role in person.orgs if person.login not in self.organizations[org].suspended)
        return replace(person, orgs=tuple(held))

    def move(self, stack: Stack, org: str) -> None:
        """Give the stack to another organization; its place in the list stays."""
        old, stack.place = stack.place, replace(stack.place, org=org)
        self.stacks = {stack.place if place == old else place: each for place, each in self.stacks.items()}


def before(stack: Stack, update: Update) -> Update | None:
    """The update before this one, or before this preview."""
    older = [u for u in stack.updates if u.version < update.version and u is not update]
    return max(older, key=lambda u: u.version, default=None)


def uuid(*parts: object) -> str:
    """A stable version-4-looking UUID for the parts."""
    text = digest(*parts)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:32]}"
