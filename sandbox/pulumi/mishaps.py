"""Updates that go wrong, each a pure function from a scene to a plan."""

from dataclasses import replace
from string import Template

from sandbox.pulumi import failures
from sandbox.pulumi.findings import judge, packs
from sandbox.pulumi.plan import Plan, Stage
from sandbox.pulumi.resources import component, digest, make
from sandbox.pulumi.scene import Scene, close, failed

# How long the service waits for a CLI that has gone silent, in the sandbox.
_LEASE = 30.0


def failing_resource(scene: Scene) -> Plan:
    """Some of it is created, one resource is refused by its provider, and the rest is not attempted."""
    cause, stage = failures.CAUSES[failures.usual(scene.place.project, scene.twist.cause)], scene.stage(lanes=4)
    wanted = {r.urn: r for r in (make(scene.place, kind, each) for each, kind in cause.fresh)}
    there = [r for r in scene.before if r.urn in wanted]
    known = {r.urn for r in there}
    fresh = [r for r in wanted.values() if r.urn not in known][: scene.twist.created]
    others = [r for r in scene.before if r.urn not in known]
    after = scene.begin(stage, (*others[: max(0, scene.twist.same - len(there))], *there))
    stage.create(*fresh)
    stage.wait()
    _refuse(stage, scene, cause)
    return failed(close(stage, (*after, *fresh)))


def _refuse(stage: Stage, scene: Scene, cause: failures.Cause) -> None:
    doomed = make(scene.place, cause.type, cause.name)
    doomed = replace(doomed, inputs={**(doomed.inputs or {}), **cause.inputs})
    step = stage.fail("create", None, doomed, 6)
    mark = digest(scene.salt, "request")
    request = f"{mark[:8]}-{mark[8:12]}-4{mark[13:16]}-9{mark[17:20]}-{mark[20:32]}"
    words = {"name": f"{cause.name}-{mark[:7]}", "hex": mark[8:18], "id": request, "region": scene.place.region}
    for error in cause.errors:
        stage.say(step.end - 0.02, "error", Template(error).safe_substitute(words), doomed.urn)
    stage.say(step.end + 0.2, "error", "update failed", scene.place.root)


def policy_violation(scene: Scene) -> Plan:
    """Nothing fails but a mandatory policy: no failed resource, no diagnostic."""
    stage = scene.stage()
    after = scene.begin(stage, scene.before[:6])
    judge(stage, scene.before)
    return replace(failed(close(stage, after)), packs=packs())


def program_error(scene: Scene) -> Plan:
    """The program raises before it declares anything: a traceback on the stack, line by line."""
    stage = scene.stage()
    for number, line in enumerate(failures.TRACEBACKS[scene.twist.cause or scene.place.runtime]):
        text = Template(line).safe_substitute(stack=scene.place.stack)
        stage.say(2 + number / 10, "info#err", text, scene.place.root)
    stage.say(3, "error", failures.PROGRAM_EXIT, scene.place.root)
    stage.wait(2)
    return failed(close(stage, scene.before))


def preview_fails(scene: Scene) -> Plan:
    """A resource that is not declared right; nothing was attempted."""
    stage = scene.stage()
    after = scene.begin(stage, scene.before[:2])
    urn = scene.before[-1].urn if scene.before else scene.place.root
    stage.say(1.5, "error", "Missing required property 'apiVersion': expected a string & got <undefined>", urn)
    stage.say(1.6, "error", "preview failed", scene.place.root)
    return failed(close(stage, after))


def cancelled(scene: Scene) -> Plan:
    """Somebody cancels in the middle; what was begun is left as it is."""
    stage = scene.stage()
    busy = scene.some(3)
    after = scene.begin(stage, tuple(r for r in scene.before if r not in busy))
    done = {r.urn: stage.update(r, scene.salt) for r in busy[:1]}
    new = make(scene.place, "aws:lb/loadBalancer:LoadBalancer", scene.named("gateway"))
    stage.add("create", None, new, 16, fate="interrupted")
    for each in busy[1:]:
        turned, changed = each.turned(scene.salt, scene.place.project)
        stage.add("update", each, turned, 16, changed=(changed,), fate="interrupted")
    stage.say(stage.clock, "error", "update canceled")
    plan = close(stage, tuple(done.get(r.urn, r) for r in after))
    return failed(plan, status=scene.twist.status or "cancelled", word=scene.twist.word or "failed")


def interrupted(scene: Scene) -> Plan:
    """The CLI is killed: the stream stops without a word, and the lock is let go a little later."""
    stage = scene.stage()
    after = scene.begin(stage, scene.before[:-2])
    top = component(scene.place, "acme:app:Service", scene.named("late"))
    stage.create(top)
    service = make(scene.place, "aws:ecs/service:Service", f"{top.name}-service", top)
    stage.add("create", None, service, 20, fate="interrupted")
    for each in scene.some(1):
        turned, changed = each.turned(scene.salt, scene.place.project)
        stage.add("update", each, turned, 20, changed=(changed,), fate="interrupted")
    plan = close(stage, (*after, top))
    return replace(failed(plan), summary=False, seconds=plan.seconds + _LEASE)
