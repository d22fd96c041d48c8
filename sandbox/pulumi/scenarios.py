"""The updates that can be played, each a pure function from a stack's state to a plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from string import Template

from sandbox.pulumi import failures
from sandbox.pulumi.findings import judge, packs
from sandbox.pulumi.plan import Plan, Stage
from sandbox.pulumi.resources import Place, Resource, component, digest, make, program, releases

EMPTY: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Twist:
    """What a told story wants different from the usual: counts, the cause, words, the pace."""

    created: int = 3
    same: int = 12
    cause: str = ""
    word: str = ""
    status: str = ""
    resources: int = 2000
    seconds: float = 0.0
    failing: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a scenario plays: the state before it, and what its chance is made of."""

    place: Place
    before: tuple[Resource, ...]
    revision: int
    dice: Random
    salt: str
    twist: Twist = Twist()
    size: int | None = None

    def stage(self, *, lanes: int = 8, pace: float = 1.0) -> Stage:
        """An empty stage for it."""
        return Stage(self.place, self.dice, lanes=lanes, pace=pace)

    def some(self, count: int, *, custom: bool = True) -> list[Resource]:
        """A few of the resources that stay from release to release, in the order of the state."""
        pool = [r for r in self.before[1:] if r.custom >= custom and not r.released]
        chosen = set(self.dice.sample(range(len(pool)), min(count, len(pool))))
        return [r for i, r in enumerate(pool) if i in chosen]


Script = Callable[[Scene], Plan]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of update that can be played: its name, words for people, the update's kind, and how it goes."""

    name: str
    title: str
    about: str
    kind: str
    play: Script


def _close(stage: Stage, after: tuple[Resource, ...]) -> Plan:
    return Plan(tuple(stage.steps), tuple(stage.remarks), stage.clock + 0.5, after)


def _failed(plan: Plan, *, status: str = "failed", word: str = "failed") -> Plan:
    return replace(plan, result="failed", status=status, word=word, finished=False)


def create(scene: Scene) -> Plan:
    """Everything new; on a stack that is there, one more worker beside it."""
    stage = scene.stage()
    if not scene.before:
        fresh = program(scene.place, scene.revision, scene.size)
        stage.create(*fresh)
        return _close(stage, fresh)
    stage.same(*scene.before)
    fresh = _worker(scene.place, f"job-{digest(scene.salt)[:5]}")
    stage.create(*fresh)
    stage.say(2, "info", "The worker starts paused; <resume> it with `acme jobs resume`.", fresh[0].urn)
    return _close(stage, scene.before + fresh)


def _worker(place: Place, name: str) -> tuple[Resource, ...]:
    top = component(place, "acme:app:Worker", name)
    kinds = {"role": "aws:iam/role:Role", "log": "aws:cloudwatch/logGroup:LogGroup", "queue": "aws:sqs/queue:Queue",
             "fn": "aws:lambda/function:Function", "mapping": "aws:lambda/eventSourceMapping:EventSourceMapping"}  # fmt: skip
    return top, *(make(place, kind, f"{name}-{suffix}", top.urn, top.type) for suffix, kind in kinds.items())


def mixed_change(scene: Scene) -> Plan:
    """A release: a new bundle for the old one, a few updates, the rest unchanged."""
    if not scene.before:
        return create(scene)
    stage, changed = scene.stage(), {}
    picked = {r.urn for r in scene.some(scene.dice.randint(1, 4))}
    fresh = tuple(r for r in releases(scene.place, scene.revision) if r.urn not in {b.urn for b in scene.before})
    gone = tuple(
        r for r in scene.before if r.released and r.urn not in {f.urn for f in releases(scene.place, scene.revision)}
    )
    for each in scene.before:
        if each.urn in picked:
            changed[each.urn] = stage.update(each, scene.salt)
        elif each not in gone:
            stage.same(each)
    stage.create(*fresh)
    _deprecated(stage, scene)
    stage.wait()
    stage.delete(*gone)
    return _close(stage, tuple(changed.get(r.urn, r) for r in scene.before if r not in gone) + fresh)


def _deprecated(stage: Stage, scene: Scene) -> None:
    if scene.dice.random() < 0.3:  # noqa: PLR2004 - three releases in ten
        some = scene.some(1)
        stage.say(
            3,
            "warning",
            "urn: acl is deprecated. Use the aws:s3:BucketAcl resource instead.",
            some[0].urn if some else "",
        )


def replacement(scene: Scene) -> Plan:
    """One resource replaced, in three steps; what hangs on it updated."""
    stage, dropped, after = scene.stage(), [], dict.fromkeys(r.urn for r in scene.before)
    chosen = {r.urn for r in scene.some(1)}
    following = {r.urn for r in scene.some(2)} - chosen
    for each in scene.before:
        after[each.urn] = each
        if each.urn in chosen:
            dropped.append(each)
            after[each.urn] = stage.replace(each, scene.salt)[1]
        elif each.urn in following:
            after[each.urn] = stage.update(each, scene.salt)
        else:
            stage.same(each)
    stage.wait()
    for each in dropped:
        stage.drop(each)
    return _close(stage, tuple(r for r in after.values() if r))


def failing_resource(scene: Scene) -> Plan:
    """Some of it is created, one resource is refused by its provider, and the rest is not attempted."""
    name = scene.twist.cause or failures.CAUSE_OF.get(scene.place.project, failures.CAUSE_ELSE)
    cause, stage = failures.CAUSES[name], scene.stage(lanes=4)
    wanted = [make(scene.place, kind, each) for each, kind in cause.fresh]
    there = {r.urn: r for r in scene.before}
    kept = [there[r.urn] for r in wanted if r.urn in there]
    fresh = tuple(r for r in wanted if r.urn not in there)[: scene.twist.created]
    rest = [r for r in scene.before if r not in kept]
    stage.same(*(rest[: max(0, scene.twist.same - len(kept))] + kept))
    stage.create(*fresh)
    stage.wait()
    _refuse(stage, scene, cause)
    return _failed(_close(stage, scene.before + fresh))


def _refuse(stage: Stage, scene: Scene, cause: failures.Cause) -> None:
    doomed = make(scene.place, cause.type, cause.name)
    doomed = replace(
        doomed,
        inputs={**(doomed.inputs or {}), "instanceClass": "db.t2.micro"} if "rds" in cause.type else doomed.inputs,
    )
    step = stage.fail("create", None, doomed, 6)
    mark = digest(scene.salt, "request")
    words = {"name": f"{cause.name}-{mark[:7]}", "hex": mark[8:18], "region": scene.place.region,
             "id": f"{mark[:8]}-{mark[8:12]}-4{mark[13:16]}-9{mark[17:20]}-{mark[20:32]}"}  # fmt: skip
    for error in cause.errors:
        stage.say(step.end - 0.02, "error", Template(error).safe_substitute(words), doomed.urn)
    stage.say(step.end + 0.2, "error", "update failed", scene.place.root)


def policy_violation(scene: Scene) -> Plan:
    """Nothing fails but a mandatory policy: no failed resource, no diagnostic."""
    stage = scene.stage()
    stage.same(*scene.before[:6])
    judge(stage, failures.VIOLATIONS, scene.before)
    return replace(_failed(_close(stage, scene.before)), packs=packs())


def program_error(scene: Scene) -> Plan:
    """The program raises before it declares anything: a traceback on the stack, line by line."""
    stage = scene.stage()
    for number, line in enumerate(failures.TRACEBACKS[scene.twist.cause or scene.place.runtime]):
        stage.say(2 + number / 10, "info#err", line, scene.place.root)
    stage.say(3, "error", failures.PROGRAM_EXIT, scene.place.root)
    stage.wait(2)
    return _failed(_close(stage, scene.before))


def refresh_drift(scene: Scene) -> Plan:
    """What was changed by hand is found: some differ, one is gone."""
    stage, after = scene.stage(), []
    drifted = [r.urn for r in scene.some(4)]
    gone = set(drifted[3:])
    for each in scene.before:
        if not each.custom:
            stage.same(each)
        elif each.urn in gone:
            stage.add("refresh", each, None, 1.2, shown="delete")
            continue
        elif each.urn in drifted:
            new, changed = each.turned(scene.salt, "by-hand")
            stage.add("refresh", each, new, 1.2, shown="update", changed=(changed,))
            after.append(new)
            continue
        else:
            stage.add("refresh", each, each, 1.0, shown="same")
        after.append(each)
    return _close(stage, tuple(after))


def cancelled(scene: Scene) -> Plan:
    """Somebody cancels in the middle; what was begun is left as it is."""
    stage = scene.stage()
    busy = scene.some(3)
    stage.same(*(r for r in scene.before if r not in busy))
    new = make(scene.place, "aws:cloudfront/distribution:Distribution", f"edge-{digest(scene.salt)[:5]}")
    after = stage.update(busy[0], scene.salt) if busy else None
    stage.break_off("create", None, new, 40)
    for each in busy[1:]:
        turned, changed = each.turned(scene.salt, scene.place.project)
        stage.add("update", each, turned, 40, changed=(changed,), fate="interrupted")
    stage.say(stage.clock, "error", "update canceled")
    plan = _close(stage, tuple(after if after and r.urn == after.urn else r for r in scene.before))
    return _failed(plan, status=scene.twist.status or "cancelled", word=scene.twist.word or "failed")


def interrupted(scene: Scene) -> Plan:
    """The CLI is killed: the stream stops without a word, and the lock is let go later."""
    stage = scene.stage()
    stage.same(*scene.before[:-2])
    top = component(scene.place, "acme:app:Service", f"late-{digest(scene.salt)[:5]}")
    stage.create(top)
    stage.break_off(
        "create", None, make(scene.place, "aws:ecs/service:Service", f"{top.name}-service", top.urn, top.type), 20
    )
    for each in scene.some(1):
        stage.break_off("update", each, each.turned(scene.salt, scene.place.project)[0], 20)
    plan = _close(stage, scene.before)
    return replace(_failed(plan), summary=False, seconds=plan.seconds + 30)


def big(scene: Scene) -> Plan:
    """Very many tables, some changed, some new, one replaced."""
    twist = scene.twist
    tables = _tables(scene.place, twist.resources)
    known = {r.urn for r in scene.before}
    stage = scene.stage(lanes=12, pace=(twist.seconds or 240) / max(1.0, _work(tables, known) / 12))
    stage.same(*scene.before)
    for each in tables:
        if each.urn not in known:
            stage.create(each)
    return _close(stage, scene.before + tuple(t for t in tables if t.urn not in known))


def _tables(place: Place, count: int) -> list[Resource]:
    made: list[Resource] = []
    for number in range(count):
        if number % 50 == 0:
            top = component(place, "acme:data:Dataset", f"dataset-{number // 50:02}")
        else:
            top = made[number - number % 50]
            top = make(place, "aws:glue/catalogTable:CatalogTable", f"events-{number:04}", top.urn, top.type)
        made.append(top)
    return made


def _work(tables: list[Resource], known: set[str]) -> float:
    return sum(r.seconds for r in tables if r.urn not in known)


def destroy(scene: Scene) -> Plan:
    """Everything goes, children before parents."""
    stage = scene.stage()
    stage.delete(*scene.before)
    stage.say(
        stage.clock, "info", "The resources in the stack have been deleted, but the history is kept.", scene.place.root
    )
    return _close(stage, EMPTY)


def preview(scene: Scene) -> Plan:
    """What a release would do; nothing is done and nothing is locked."""
    if scene.twist.failing:
        plan = _preview_fails(scene)
    elif scene.twist.cause == "policy":
        stage = scene.stage(pace=0.05)
        stage.same(*scene.before)
        judge(stage, failures.WARNINGS, scene.before)
        plan = replace(_close(stage, scene.before), packs=packs())
    else:
        plan = mixed_change(replace(scene, before=scene.before or program(scene.place, scene.revision - 1, scene.size)))
    steps = tuple(replace(s, start=round(s.start * 0.1, 2), end=round(s.start * 0.1 + 0.1, 2)) for s in plan.steps)
    last = max((s.end for s in steps), default=1.0)
    remarks = tuple(replace(r, at=min(r.at, last)) for r in plan.remarks)
    return replace(plan, steps=steps, remarks=remarks, seconds=last + 1, after=scene.before, preview=True)


def _preview_fails(scene: Scene) -> Plan:
    stage = scene.stage()
    stage.same(*scene.before[:2])
    urn = scene.before[2].urn if len(scene.before) > 2 else scene.place.root  # noqa: PLR2004 - the stack and a component come first
    stage.say(1.5, "error", "Missing required property 'apiVersion': expected a string & got <undefined>", urn)
    stage.say(1.6, "error", "preview failed", scene.place.root)
    return _failed(_close(stage, scene.before))


SCENARIOS: Mapping[str, Scenario] = {
    each.name: each
    for each in (
        Scenario("create", "Something new", "A worker with its role, queue and function is created", "update", create),
        Scenario(
            "mixed-change", "A release", "Creates, updates and deletes a few, leaves the rest", "update", mixed_change
        ),
        Scenario("replacement", "A replacement", "One resource is replaced, in three steps", "update", replacement),
        Scenario(
            "failing-resource",
            "A resource fails",
            "The provider refuses one; the rest is not attempted",
            "update",
            failing_resource,
        ),
        Scenario(
            "policy-violation",
            "A policy fails",
            "Only a mandatory policy stands in the way",
            "update",
            policy_violation,
        ),
        Scenario("program-error", "The program fails", "A traceback before any resource", "update", program_error),
        Scenario("refresh-drift", "A refresh finds drift", "Three differ, one is gone", "refresh", refresh_drift),
        Scenario("cancelled", "Cancelled", "Somebody cancels in the middle", "update", cancelled),
        Scenario("interrupted", "Interrupted", "The CLI is killed; the stream just stops", "update", interrupted),
        Scenario("big", "2,000 resources", "Very many tables, in four minutes", "update", big),
        Scenario("destroy", "Everything goes", "All resources are deleted", "destroy", destroy),
        Scenario("preview", "A preview", "What a release would do; no lock", "Pupdate", preview),
    )
}
