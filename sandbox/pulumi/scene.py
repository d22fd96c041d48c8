"""What a scenario starts from, and how it closes. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from sandbox.pulumi.plan import Plan, Stage
from sandbox.pulumi.resources import Place, Resource, base, digest


@dataclass(frozen=True, slots=True)
class Twist:
    """What a told story wants different from the usual.

    `created` and `same` are counts, `cause` one of the failures, `word` the summary's result, `status` the update's;
    `resources` and `seconds` are the size and length of a big one; a `failing` preview fails.
    `lost` is the number of an upload of events, from 1, that never arrives; the last one comes `late` seconds late.
    """

    created: int = 3
    same: int = 12
    cause: str = ""
    word: str = ""
    status: str = ""
    resources: int = 2000
    seconds: float = 240.0
    failing: bool = False
    lost: int = 0
    late: float = 0.0


PLAIN = Twist()


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a scenario plays: the state before it, and what its chance is made of."""

    place: Place
    before: tuple[Resource, ...]
    revision: int
    dice: Random
    salt: str
    twist: Twist = PLAIN
    size: int | None = None

    def stage(self, *, lanes: int = 6, pace: float = 2.5) -> Stage:
        """An empty stage for it."""
        return Stage(self.place, self.dice, lanes=lanes, pace=pace)

    def begin(self, stage: Stage, kept: tuple[Resource, ...]) -> tuple[Resource, ...]:
        """Whatever the program declares first, `kept`, is as it was; on an empty stack the stack itself is new.

        Gives what is in the state from now on.
        """
        if self.before:
            stage.same(*kept)
            return self.before
        root = base(self.place, 1)
        stage.create(*root)
        return root

    def some(self, count: int) -> list[Resource]:
        """A few of the resources that stay from release to release, in the order of the state."""
        pool = [r for r in self.before if r.custom and not r.released]
        chosen = set(self.dice.sample(range(len(pool)), min(count, len(pool))))
        return [r for number, r in enumerate(pool) if number in chosen]

    def named(self, stem: str) -> str:
        """A name that no other update has given."""
        return f"{stem}-{digest(self.salt)[:5]}"


Script = Callable[[Scene], Plan]


def close(stage: Stage, after: tuple[Resource, ...]) -> Plan:
    """All went well: the plan of what was staged, and the state after it."""
    return Plan(tuple(stage.steps), tuple(stage.remarks), stage.clock + 0.5, after)


def failed(plan: Plan, *, status: str = "failed", word: str = "failed") -> Plan:
    """The same plan, gone wrong: the program did not come to its end."""
    return replace(plan, result="failed", status=status, word=word, finished=False)
