"""Pulumi's JSON as it really comes, translated to `bot.model` at the edge.

Required is only what every documented sample shows; unknown fields, unknown words, nulls and gaps are taken as they
come (other servers speak the same API). Never taken over: configuration values, token values, and e-mail addresses
but those of members, who are told apart by them.
https://www.pulumi.com/docs/reference/cloud-rest-api/
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final, Self, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError, model_validator

from bot.errors import BadAnswer
from bot.model import Commit, CurrentOperation, Person, PulumiUser, Result, Stack, StackRef, StackSummary, UpdateInfo

M = TypeVar("M", bound=BaseModel)
_YEAR_10000: Final = 253_402_300_800
_UNFINISHED: Final = {Result.NOT_STARTED, Result.RUNNING}


def read(endpoint: str, shape: type[M], body: bytes) -> M:
    """Read a body. Raises BadAnswer that names the field that does not fit, and no value."""
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(map(str, first["loc"]))
    raise BadAnswer(endpoint, f"{where}: {first['msg']}" if where else first["msg"])


def moment(seconds: int | None) -> datetime | None:
    """Unix seconds as UTC; None for 0, for absent, and for what no calendar holds."""
    return datetime.fromtimestamp(seconds, UTC) if seconds and 0 < seconds < _YEAR_10000 else None


def instant(text: str) -> datetime | None:
    """An ISO 8601 time as UTC; None for "", for what cannot be read, and for the zero times that mean "never"."""
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.timestamp() > 0 else None


def plain_kind(kind: str) -> tuple[str, bool]:
    """The plain word for an operation, and whether it is a preview: `Pupdate` → `update`, True."""
    if kind == "preview":
        return "update", True
    preview = kind[:1] == "P" and kind[1:2].islower()
    return (kind[1:] if preview else kind), preview


def _no_nulls(value: object) -> object:
    """A null says the same as an absent field."""
    return {key: each for key, each in value.items() if each is not None} if isinstance(value, dict) else value


Strings = Annotated[dict[str, str], BeforeValidator(_no_nulls)]
Counts = Annotated[dict[str, int], BeforeValidator(_no_nulls)]


class Wire(BaseModel):
    """An object of Pulumi's: a null field is a gap."""

    _gaps = model_validator(mode="before")(_no_nulls)


class Who(Wire):
    """A person, or what stands in for one; all of it may be empty."""

    login: str = Field("", alias="githubLogin")
    name: str = ""

    def person(self) -> Person | None:
        """The person, if there is one."""
        return Person(self.login, self.name) if self.login or self.name else None


class _TokenInfo(Wire):
    name: str = ""
    organization: str = ""
    team: str = ""


class User(Who):
    """GET /api/user. `tokenInfo` comes only with tokens that belong to no person."""

    organizations: tuple[Who, ...] = ()
    token: _TokenInfo | None = Field(None, alias="tokenInfo")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.login and self.token is None:
            raise ValueError("neither a login nor a token")
        return self

    def user(self) -> PulumiUser:
        """Who that is."""
        token = self.token
        return PulumiUser(
            login=self.login,
            name=self.name,
            organizations=tuple(each.login for each in self.organizations if each.login),
            machine=(token.name or token.team or token.organization or None) if token else None,
        )


class _Named(Wire):
    org: str = Field(alias="orgName")
    project: str = Field(alias="projectName")
    stack: str = Field(alias="stackName")

    def ref(self) -> StackRef | None:
        try:
            return StackRef(self.org, self.project, self.stack)
        except ValueError:
            return None


class _StackItem(_Named):
    last_update: int | None = Field(None, alias="lastUpdate")
    resource_count: int | None = Field(None, alias="resourceCount")


class Page(BaseModel):
    """A page of a list that continues by token. Go servers write an empty list as null."""

    token: str | None = Field(None, alias="continuationToken")


class StackPage(Page):
    """A page of GET /api/user/stacks."""

    stacks: tuple[_StackItem, ...] | None

    def summaries(self) -> Iterator[StackSummary]:
        """The stacks whose names Pulumi's own rules allow. A `lastUpdate` of 0 means that an update is running."""
        for item in self.stacks or ():
            if (ref := item.ref()) is not None:
                yield StackSummary(
                    stack=ref,
                    last_update=moment(item.last_update),
                    running=item.last_update == 0,
                    resource_count=item.resource_count,
                )


class _Operation(Wire):
    kind: str = "update"
    author: str = ""
    started: int | None = None

    def current(self) -> CurrentOperation:
        author, _, _ = self.author.partition("@")  # some authors come as e-mail addresses
        return CurrentOperation(kind=plain_kind(self.kind)[0], author=author, started=moment(self.started))


class StackBody(_Named):
    """GET a stack."""

    version: int = 0
    active: str = Field("", alias="activeUpdate")
    operation: _Operation | None = Field(None, alias="currentOperation")
    tags: Strings = {}

    def facts(self, asked: StackRef) -> Stack:
        """The stack, under the name that the server spells, which may differ in case from what was asked."""
        return Stack(
            stack=self.ref() or asked,
            version=self.version,
            active_update=self.active or None,
            current=self.operation.current() if self.operation else None,
            tags=self.tags,
        )


class _Info(Wire):
    kind: str
    result: str = ""
    version: int | None = None
    message: str = ""
    started: int | None = Field(None, alias="startTime")
    ended: int | None = Field(None, alias="endTime")
    environment: Strings = {}
    changes: Counts | None = Field(None, alias="resourceChanges")
    resource_count: int | None = Field(None, alias="resourceCount")


class _GitHubCommit(Wire):
    sha: str = ""
    url: str = ""
    message: str = ""
    author: Who = Who()


class UpdateItem(Wire):
    """One update as `output-type=service` gives it, or the bare `info` of other servers, which may lack an id."""

    info: _Info
    update_id: str | None = Field(None, validation_alias=AliasChoices("updateID", "updateId"))
    version: int | None = None
    requested_by: Who = Field(Who(), alias="requestedBy")
    commit: _GitHubCommit = Field(_GitHubCommit(), alias="githubCommitInfo")

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, value: object) -> object:
        return {**value, "info": value} if isinstance(value, dict) and "info" not in value else value

    def update(self, stack: StackRef) -> UpdateInfo:
        """The update, without configuration and e-mail addresses. Zero counts and a meaningless end are left out."""
        info = self.info
        kind, preview = plain_kind(info.kind)
        result = Result.of(info.result)
        going = result in _UNFINISHED
        changes = None if info.changes is None or going else {op: n for op, n in info.changes.items() if n}
        return UpdateInfo(
            stack=stack,
            update_id=self.update_id or None,
            version=self.version or info.version or None,
            kind=kind,
            preview=preview,
            result=result,
            started=moment(info.started),
            ended=None if going else moment(info.ended),
            message=info.message,
            changes=changes,
            resource_count=info.resource_count,
            requested_by=self.requested_by.person(),
            commit=self._commit(),
            environment={key: each for key, each in info.environment.items() if "email" not in key.lower()},
        )

    def _commit(self) -> Commit | None:
        known, git = self.commit, self.info.environment
        sha = known.sha or git.get("git.head", "")
        if not sha:
            return None
        _, _, branch = git.get("git.headName", "").partition("refs/heads/")  # "HEAD" when detached
        return Commit(
            sha=sha,
            url=known.url if known.url.startswith("https://") else "",
            message=known.message,
            author=known.author.name or known.author.login or git.get("git.author", ""),
            branch=branch,
            dirty=git.get("git.dirty") == "true",
        )


class UpdatePage(BaseModel):
    """A page of updates or previews. `total` is missing where the server does not page."""

    updates: tuple[UpdateItem, ...] | None
    total: int | None = None


class StatusBody(BaseModel):
    """GET the status of an update."""

    status: str
