"""Updates that one follows for long, or that make sense after another, each a pure function from a scene to a plan."""

from dataclasses import replace

from sandbox.pulumi import failures
from sandbox.pulumi.mishaps import failing_resource, interrupted
from sandbox.pulumi.plan import Plan
from sandbox.pulumi.resources import make
from sandbox.pulumi.scene import Scene, close

_STUCK = 1800.0
_NEVER = 1e9
_AT_MOST = 8.0  # seconds of engine time that a recovery waits for one resource


def fails_again(scene: Scene) -> Plan:
    """What failed before fails again, in the same words with other ids; nothing is created before it."""
    return failing_resource(replace(scene, twist=replace(scene.twist, created=0)))


def fails_otherwise(scene: Scene) -> Plan:
    """Another resource is refused, for another reason than the project's usual one."""
    names = list(failures.CAUSES)
    other = names[(names.index(failures.usual(scene.place.project, scene.twist.cause)) + 1) % len(names)]
    return failing_resource(replace(scene, twist=replace(scene.twist, cause=other)))


def recovers(scene: Scene) -> Plan:
    """Whatever was refused, and what should have come before it, is created."""
    cause = failures.CAUSES[failures.usual(scene.place.project, scene.twist.cause)]
    stage = scene.stage(lanes=4)
    after = scene.begin(stage, scene.before)
    known = {r.urn for r in after}
    wanted = [make(scene.place, kind, name) for name, kind in (*cause.fresh, (cause.name, cause.type))]
    fresh = tuple(r for r in wanted if r.urn not in known)
    stage.wait()
    for each in fresh:
        stage.add("create", None, each, min(each.seconds, _AT_MOST))
    return close(stage, (*after, *fresh))


def stuck(scene: Scene) -> Plan:
    """One resource is created for half an hour, and nothing is heard of it."""
    stage = scene.stage(pace=1.0)
    after = scene.begin(stage, scene.before)
    stage.wait()
    slow = make(scene.place, "aws:rds/instance:Instance", scene.named("replica"))
    stage.add("create", None, slow, _STUCK)
    return close(stage, (*after, slow))


def orphaned(scene: Scene) -> Plan:
    """The CLI is killed and nobody lets go of the lock: it runs until somebody cancels it."""
    return replace(interrupted(scene), seconds=_NEVER, status="cancelled")
