"""The world as it is when it begins, from one number. Pure: the same seed and time give the same world."""

import pickle
from collections.abc import Iterator, Mapping
from random import Random
from typing import cast

from sandbox.pulumi.company import SHARED, staff
from sandbox.pulumi.founding import found
from sandbox.pulumi.past import logs
from sandbox.pulumi.people import PEOPLE
from sandbox.pulumi.resources import Place, dice, digest
from sandbox.pulumi.stories import FORBIDDEN, HIDDEN, MESSAGES, ROUTES, STACKS, STORIES, TEAMS, USUAL, Story, Told
from sandbox.pulumi.world import Stack, Update, World, uuid

_HOUR = 3600.0
_copies: dict[tuple[int, float], bytes] = {}


def build(seed: int, now: float) -> World:
    """Everything that there is, with its past before `now`. Asked for the same again, as tests do, it is a copy."""
    made = _copies.get((seed, now))
    if made is None:
        world = _built(seed, now)
        _copies.clear()
        _copies[seed, now] = b""  # a copy is made once the same is asked for again
        return world
    if not made:
        made = _copies[seed, now] = pickle.dumps(_built(seed, now))
    return cast("World", pickle.loads(made))  # noqa: S301  # our own bytes


def _built(seed: int, now: float) -> World:
    world = World(seed, {person.login: person for person in (*PEOPLE, *staff())})
    for place in _places():
        world.stacks[place] = _stack(seed, place, now)
    found(world, now)
    logs(world, now)
    return world


def _places() -> Iterator[Place]:
    for org, projects in STACKS.items():
        for project, names in projects.items():
            yield from (Place(org, project, name) for name in names)


def _stack(seed: int, place: Place, now: float) -> Stack:
    chance = dice(seed, place)
    story = STORIES.get(str(place)) or Story(chance.choice((4, 6, 9, 14, 19, 27, 38)))
    team, owner = TEAMS.get(place.project, ("platform", "ann"))
    tags = _tags(place, team, owner)
    repo = tags.get("vcs:repo", place.project)
    tags.update(ROUTES.get(str(place), {}))
    stack = Stack(place, tags, _config(place), team, place, owner, repo, size=story.size)
    stack.shared = frozenset(SHARED.get(str(place), ()))
    stack.hidden, stack.forbidden = place.project == HIDDEN, str(place) == FORBIDDEN
    stack.updates = _history(seed, stack, story, chance, now)
    version = len(stack.updates) + 1
    stack.previews = [_told(seed, place, told, version, now) for told in story.previews]
    return stack


def _history(seed: int, stack: Stack, story: Story, chance: Random, now: float) -> list[Update]:
    """The told updates last; before them, others at random, the first of which creates everything."""
    told = [
        _told(seed, stack.place, each, story.updates - len(story.told) + number, now)
        for number, each in enumerate(story.told, 1)
    ]
    latest = told[0].started if told else now - chance.uniform(1, 400) * _HOUR
    others: list[Update] = []
    for version in range(story.updates - len(told), 0, -1):
        latest -= chance.uniform(3, 70) * _HOUR
        others.append(_ordinary(seed, stack, version, chance, latest))
    return others[::-1] + told


def _told(seed: int, place: Place, told: Told, version: int, now: float) -> Update:
    mark = uuid(seed, place, version, told.scenario, told.hours)
    started = now - told.hours * _HOUR
    return Update(
        mark, version, told.scenario, told.author, told.message, started, chained=told.chained, twist=told.twist
    )


def _ordinary(seed: int, stack: Stack, version: int, chance: Random, started: float) -> Update:
    scenario = chance.choices(tuple(USUAL), tuple(USUAL.values()))[0] if version > 1 else "create"
    author = chance.choices(("ci-bot", stack.owner, "bo", "ann", "pulumi-bot"), (60, 25, 6, 5, 4))[0]
    words = chance.choice(MESSAGES).format(project=stack.place.project, number=100 + version)
    message = "Initial import" if version == 1 else words
    return Update(uuid(seed, stack.place, version), version, scenario, author, message, started, fresh=version == 1)


def founded(place: Place, size: int, now: float, more: Mapping[str, str]) -> Stack:
    """A stack that is new to the world, but was created a day ago: one update, which made everything."""
    team, owner = TEAMS.get(place.project, ("platform", "ann"))
    tags = {**_tags(place, team, owner), **more}
    stack = Stack(place, tags, _config(place), team, place, owner, place.project, size=size)
    first = uuid(place, "founded", now)
    stack.updates = [Update(first, 1, "create", owner, "Initial import", now - 24 * _HOUR, fresh=True)]
    return stack


def _tags(place: Place, team: str, owner: str) -> dict[str, str]:
    tags = {
        "pulumi:project": place.project,
        "pulumi:runtime": place.runtime,
        "pulumi:description": f"The {place.project} of {place.org.capitalize()}, {place.stack}",
        "pulumi:secrets_provider": "service",
        "vcs:kind": "github.com",
        "vcs:owner": place.org,
        "vcs:repo": "infrastructure" if place.org == "acme" else place.project,
        "env": place.stack.partition("-")[0],
        "team": team,
        "slack:owner": owner,
    }
    return (
        tags
        if "sandbox" not in place.project
        else {key: tags[key] for key in ("pulumi:project", "pulumi:runtime", "slack:owner")}
    )


def _config(place: Place) -> dict[str, str]:
    """A value that begins with `secret:` is shown as ciphertext only; one that begins with a bracket is a structure."""
    return {
        "aws:region": place.region,
        f"{place.project}:domains": f'["{place.stack}.acme.example","www.acme.example"]',
        f"{place.project}:replicas": str(2 + int(digest(place)[:2], 16) % 4),
        f"{place.project}:dbPassword": "secret:hunter2",
        f"{place.project}:limits": '{"cpu":"500m","memory":"<1Gi & more>"}',
    }
