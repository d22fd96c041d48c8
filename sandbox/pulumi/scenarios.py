"""The updates that can be played, by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.pulumi import changes, mishaps, sequels
from sandbox.pulumi.scene import PLAIN, Script, Twist


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of update: its name, words for people, the kind as the API says it, and how it goes.

    `endless`: only somebody who finishes it ends it. `twist` is what it has that nobody else asked for.
    """

    name: str
    title: str
    about: str
    kind: str
    play: Script
    endless: bool = False
    twist: Twist = PLAIN


_ALL = (
    Scenario(
        "create", "Something new", "A worker with its role, queue and function is created", "update", changes.create
    ),
    Scenario("mixed-change", "A release", "Creates, updates and deletes a few", "update", changes.mixed_change),
    Scenario("replacement", "A replacement", "One resource is replaced, in three steps", "update", changes.replacement),
    Scenario(
        "failing-resource",
        "A resource fails",
        "The provider refuses one; the rest is not attempted",
        "update",
        mishaps.failing_resource,
    ),
    Scenario(
        "policy-violation",
        "A policy fails",
        "Nothing but a mandatory policy stands in the way",
        "update",
        mishaps.policy_violation,
    ),
    Scenario("program-error", "The program fails", "A traceback before any resource", "update", mishaps.program_error),
    Scenario("refresh-drift", "A refresh finds drift", "Three differ, one is gone", "refresh", changes.refresh_drift),
    Scenario("cancelled", "Cancelled", "Somebody cancels in the middle", "update", mishaps.cancelled),
    Scenario("interrupted", "Interrupted", "The CLI is killed; the stream just stops", "update", mishaps.interrupted),
    Scenario("big", "2,000 resources", "Very many tables, in four minutes", "update", changes.big),
    Scenario("destroy", "Everything goes", "All resources are deleted", "destroy", changes.destroy),
    Scenario("preview", "A preview", "What a release would do; no lock", "Pupdate", changes.preview),
    Scenario(
        "fails-again", "The same failure again", "The resource is refused once more", "update", sequels.fails_again
    ),
    Scenario("fails-otherwise", "Another failure", "Another resource is refused", "update", sequels.fails_otherwise),
    Scenario("recovers", "It recovers", "What was refused is created", "update", sequels.recovers),
    Scenario("stuck", "Stuck", "A database that takes half an hour", "update", sequels.stuck),
    Scenario(
        "orphaned", "Never finished", "The CLI is killed, the lock stays", "update", sequels.orphaned, endless=True
    ),
    Scenario(
        "late-page",
        "The last page is late",
        "It is over 20 s before its last events are there",
        "update",
        changes.mixed_change,
        twist=Twist(late=20),
    ),
    Scenario(
        "preview-fails",
        "A preview fails",
        "A resource is not declared right; no lock",
        "Pupdate",
        changes.preview,
        twist=Twist(failing=True),
    ),
)
SCENARIOS: Mapping[str, Scenario] = {each.name: each for each in _ALL}
