"""The JSON shapes of both profiles: `seed` as in the API's first public page, `current` as in its OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Literal

from sandbox.pulumi.environ import commit, environment, settings
from sandbox.pulumi.failures import PACK, PACK_TAG, PACK_VERSION
from sandbox.pulumi.http import issue
from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.world import Person, Stack, Update, uuid

Json = dict[str, Any]
Profile = Literal["seed", "current"]

CONSOLE = "https://app.pulumi.com"
_CAPABILITIES: Mapping[str, Json] = {
    "api-version": {"version": 1, "configuration": {"min": 3, "max": 9, "default": 8}},
    "delta-checkpoint-uploads-v2": {"version": 2, "configuration": {"checkpointCutoffSizeBytes": 4194304}},
    "batch-encrypt": {"version": 1},
}


class Wire:
    """Puts the world into the words of one profile."""

    def __init__(self, profile: Profile, theatre: Theatre) -> None:
        self.current = profile == "current"
        self.theatre = theatre

    def _now_only(self, **fields: Any) -> Json:  # noqa: ANN401 - JSON
        """Fields that the first page did not have."""
        return fields if self.current else {}

    def user(self, person: Person) -> Json:
        """The owner of the token."""
        orgs = [{**self._name(login, login.capitalize()), **self._now_only(role=role)} for login, role in person.orgs]
        return {
            **self._now_only(id=uuid("user", person.login), email=person.email),
            **self._name(person.login, person.name, person.avatar),
            "organizations": orgs,
            **self._now_only(
                identities=["Pulumi"],
                hasMFA=not person.robot,
                siteAdmin=False,
                isOrgManaged=False,
                isManagedByMultiOrg=False,
                **_machine(person),
            ),
        }

    def _name(self, login: str, name: str, avatar: str = "") -> Json:
        return {
            "name": name,
            "githubLogin": login,
            "avatarUrl": avatar or f"https://avatars.acme.example/org/{login}.png",
        }

    def person(self, login: str) -> Json:
        """Who asked for an update."""
        found = self.theatre.world.people.get(login)
        return self._name(login, found.name if found else "", found.avatar if found else "")

    def summary(self, stack: Stack) -> Json:
        """A line of the list of stacks: `lastUpdate` is 0 while an update runs and absent before the first."""
        place, running, latest = stack.place, self.theatre.running(stack), self.theatre.latest(stack)
        newest = running or latest
        link = f"{CONSOLE}/{place}"
        return {
            **self._now_only(id=uuid("stack", stack.origin)),
            "orgName": place.org,
            "projectName": place.project,
            "stackName": place.stack,
            **({"lastUpdate": 0 if running else int(newest.started)} if newest else {}),
            "resourceCount": self.resources(stack),
            **self._now_only(links={"self": link}),
        }

    def resources(self, stack: Stack) -> int:
        """How many resources the stack had after its last update that ended."""
        latest = self.theatre.latest(stack)
        return len(self.theatre.ending(stack, latest).after) if latest else 0

    def stack(self, stack: Stack) -> Json:
        """A stack; `version` counts what has ended, `activeUpdate` is the newest update, running or not."""
        place, running, latest = stack.place, self.theatre.running(stack), self.theatre.latest(stack)
        newest = running or latest
        return {
            **self._now_only(id=uuid("stack", stack.origin)),
            "orgName": place.org,
            "projectName": place.project,
            "stackName": place.stack,
            **self._operation(running),
            "activeUpdate": newest.id if newest else "",
            **({"tags": dict(stack.tags)} if newest or self.current else {}),
            "version": latest.version if latest else 0,
        }

    def _operation(self, running: Update | None) -> Json:
        if running is None:
            return {} if self.current else {"currentOperation": None}
        return {"currentOperation": {"kind": running.kind, "author": running.author, "started": int(running.started)}}

    def info(self, stack: Stack, update: Update) -> Json:
        """The bare information on an update: no id and nobody who asked for it."""
        over = self.theatre.over(stack, update)
        return {
            "kind": update.kind,
            "startTime": int(update.started),
            "message": update.message,
            "environment": environment(stack, update),
            "config": settings(stack),
            "result": self.theatre.ending(stack, update).result if over else "in-progress",
            "endTime": self.theatre.ended(stack, update),
            "version": update.version,
            **(self._changes(stack, update) if over else {}),
        }

    def _changes(self, stack: Stack, update: Update) -> Json:
        ending = self.theatre.ending(stack, update)
        zeros = {"create": 0, "delete": 0, "same": 0, "update": 0} if update in stack.previews else {}
        return {
            **({} if ending.changes is None else {"resourceChanges": {**zeros, **ending.changes}}),
            **self._now_only(resourceCount=len(ending.after)),
        }

    def update(self, stack: Stack, update: Update) -> Json:
        """An update with its id, its commit and who asked for it."""
        head = commit(stack, update)
        committed = {**head, "author": self.person(update.author)} if head else None
        if committed and not self.current:
            committed.pop("message", None)
        robot = update.author in self.theatre.world.people and self.theatre.world.people[update.author].robot
        return {
            "info": self.info(stack, update),
            "updateID": update.id,
            **({"githubCommitInfo": committed} if committed else {}),
            "version": update.version,
            "latestVersion": stack.updates[-1].version if stack.updates else 0,
            "requestedBy": self.person(update.author),
            **({"policyPacks": [_pack()]} if self.theatre.ending(stack, update).judged else {}),
            **(self._now_only(requestedByToken=f"{update.author}-token") if robot else {}),
        }

    def status(self, stack: Stack, update: Update) -> Json:
        """Where an update stands; the list of events is there for old clients and stays empty."""
        over = self.theatre.over(stack, update)
        word = self.theatre.ending(stack, update).status if over else "running"
        more = {} if over else self._now_only(continuationToken=issue(0, "status", update.id))
        return {"status": word, "events": [], **more}

    def event(self, event: Json) -> Json:
        """A stored event, without what the first page did not have."""
        if self.current:
            return event
        kind = event["type"]
        body = event[kind]
        if kind == "summaryEvent":
            body = {key: value for key, value in body.items() if key not in {"isPreview", "result"}}
        elif kind == "policyEvent":
            body = {key: value for key, value in body.items() if key not in {"severity", "exceptions"}}
        elif "metadata" in body:
            body = {**body, "metadata": {k: v for k, v in body["metadata"].items() if k != "detailedDiff"}}
        return {**event, kind: body}


def _machine(person: Person) -> Json:
    """What tells a machine's token from a person's."""
    if not (found := person.machine):
        return {}
    return {"tokenInfo": {"name": found.name, "organization": found.org, "team": found.team}}


def capabilities() -> Json:
    """What the service offers."""
    return {"capabilities": [{"capability": name, **rest} for name, rest in _CAPABILITIES.items()]}


def _pack() -> Json:
    config = {"tags-owner": {"enforcementLevel": "advisory"}}
    return {
        "name": PACK,
        "displayName": "Acme baseline",
        "version": PACK_VERSION,
        "versionTag": PACK_TAG,
        "config": config,
    }
