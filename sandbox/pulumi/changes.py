"""Updates that go well, each a pure function from a scene to a plan."""

from dataclasses import replace
from functools import lru_cache

from sandbox.pulumi.findings import judge, packs, remediate
from sandbox.pulumi.mishaps import preview_fails
from sandbox.pulumi.plan import Plan, Stage
from sandbox.pulumi.resources import Place, Resource, component, make, program, releases
from sandbox.pulumi.scene import Scene, close

_WORKER = (
    ("role", "aws:iam/role:Role"),
    ("log", "aws:cloudwatch/logGroup:LogGroup"),
    ("queue", "aws:sqs/queue:Queue"),
    ("fn", "aws:lambda/function:Function"),
    ("mapping", "aws:lambda/eventSourceMapping:EventSourceMapping"),
)
_A_DATASET = 50


def create(scene: Scene) -> Plan:
    """Everything new; on a stack that is there, one more worker beside it."""
    stage = scene.stage()
    if not scene.before:
        everything = program(scene.place, scene.revision, scene.size)
        stage.create(*everything)
        return close(stage, everything)
    stage.same(*scene.before)
    top = component(scene.place, "acme:app:Worker", scene.named("job"))
    fresh = (top, *(make(scene.place, kind, f"{top.name}-{suffix}", top) for suffix, kind in _WORKER))
    stage.create(*fresh)
    stage.say(2, "info", "The worker starts paused; <resume> it with `acme jobs resume`.", top.urn)
    return close(stage, scene.before + fresh)


def mixed_change(scene: Scene) -> Plan:
    """A release: a new bundle for the old one, a few updates, the rest unchanged."""
    if not scene.before:
        return create(scene)
    stage, after = scene.stage(), []
    wanted = {r.urn: r for r in releases(scene.place, scene.revision)}
    gone = tuple(r for r in scene.before if r.released and r.urn not in wanted)
    picked = {r.urn for r in scene.some(scene.dice.randint(1, 4))}
    for each in (r for r in scene.before if r not in gone):
        wanted.pop(each.urn, None)
        after.append(stage.update(each, scene.salt) if each.urn in picked else stage.keep(each))
    stage.create(*wanted.values())
    _deprecated(stage, scene)
    stage.wait()
    stage.delete(*gone)
    return close(stage, (*after, *wanted.values()))


def _deprecated(stage: Stage, scene: Scene) -> None:
    bucket = next((r for r in scene.before if "Bucket" in r.type), None)
    if bucket:
        stage.say(3, "warning", "acl is deprecated. Use the aws:s3:BucketAcl resource instead.", bucket.urn)


def replacement(scene: Scene) -> Plan:
    """One resource replaced, in three steps; what hangs on it updated."""
    if not scene.before:
        return create(scene)
    stage, dropped, after = scene.stage(), [], []
    chosen = {r.urn for r in scene.some(1)}
    following = {r.urn for r in scene.some(2)} - chosen
    for each in scene.before:
        if each.urn in chosen:
            dropped.append(each)
            after.append(stage.replace(each, scene.salt))
        else:
            after.append(stage.update(each, scene.salt) if each.urn in following else stage.keep(each))
    stage.wait()
    for each in dropped:
        stage.drop(each)
    return close(stage, tuple(after))


def refresh_drift(scene: Scene) -> Plan:
    """What was changed by hand is found: three differ, one is gone."""
    stage, after = scene.stage(), []
    *drifted, gone = [r.urn for r in scene.some(4)] or [""]
    for each in scene.before:
        if each.urn == gone:
            stage.add("refresh", each, None, 1.2, shown="delete")
        elif each.urn in drifted:
            new, changed = each.turned(scene.salt, "by-hand")
            stage.add("refresh", each, new, 1.2, shown="update", changed=(changed,))
            after.append(new)
        else:
            stage.add("refresh", each, each, 1.0 if each.custom else 0.1, shown="same")
            after.append(each)
    return close(stage, tuple(after))


def big(scene: Scene) -> Plan:
    """Very many tables, whichever of them are not there yet."""
    known = {r.urn for r in scene.before}
    fresh = [t for t in _tables(scene.place, scene.twist.resources) if t.urn not in known]
    lanes = 12
    work = max(1.0, sum(r.seconds for r in fresh) / lanes)
    stage = scene.stage(lanes=lanes, pace=scene.twist.seconds / work)
    after = scene.begin(stage, scene.before)
    stage.create(*fresh)
    return close(stage, (*after, *fresh))


@lru_cache(maxsize=4)
def _tables(place: Place, count: int) -> tuple[Resource, ...]:
    made: list[Resource] = []
    for number in range(count):
        dataset, inside = divmod(number, _A_DATASET)
        if inside:
            above = made[number - inside]
            made.append(make(place, "aws:glue/catalogTable:CatalogTable", f"events-{number:04}", above))
        else:
            made.append(component(place, "acme:data:Dataset", f"dataset-{dataset:02}"))
    return tuple(made)


def destroy(scene: Scene) -> Plan:
    """Everything goes, children before parents."""
    stage = scene.stage()
    stage.delete(*scene.before)
    stage.say(
        stage.clock, "info", "The resources in the stack have been deleted, the history is kept.", scene.place.root
    )
    return close(stage, ())


def preview(scene: Scene) -> Plan:
    """What a release would do; nothing is done and nothing is locked."""
    if scene.twist.failing:
        plan = preview_fails(scene)
    elif scene.twist.cause == "policy":
        plan = _judged(scene)
    else:
        plan = mixed_change(scene)
    steps = tuple(replace(s, start=round(1 + s.start / 10, 2), end=round(1.1 + s.start / 10, 2)) for s in plan.steps)
    last = max((step.end for step in steps), default=1.0)
    remarks = tuple(replace(remark, at=min(remark.at, last)) for remark in plan.remarks)
    return replace(plan, steps=steps, remarks=remarks, seconds=last + 1, after=scene.before, preview=True)


def _judged(scene: Scene) -> Plan:
    """Policies warn; the one mandatory finding is excepted, so nothing fails."""
    stage = scene.stage()
    after = scene.begin(stage, scene.before)
    remediate(stage, scene.before)
    judge(stage, scene.before, excepted=True)
    return replace(close(stage, after), packs=packs())
