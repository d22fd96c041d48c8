"""The updates that can be played, by name."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.pulumi import changes, mishaps
from sandbox.pulumi.scene import Script


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of update: its name, words for people, the kind as the API says it, and how it goes."""

    name: str
    title: str
    about: str
    kind: str
    play: Script


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
)
SCENARIOS: Mapping[str, Scenario] = {each.name: each for each in _ALL}
