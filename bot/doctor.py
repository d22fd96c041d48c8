"""`python -m bot doctor`: what this deployment still lacks, each line with its fix. Nothing is changed anywhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import (
    BadRequest,
    BotError,
    ChatError,
    Forbidden,
    MissingRoute,
    NotFound,
    PlanLacks,
    PulumiError,
    Unauthorized,
)
from bot.model import PulumiUser, StackRef
from bot.policy import DEFAULT, PULUMI_ADMINS, Policy, PolicyError
from bot.ports import Clock, PulumiApi
from bot.slack.channels import SlackChannels
from bot.slack.chat import SlackDirectory, answer_of
from bot.slack.groups import SlackUserGroups

_SKEW: Final = 60  # seconds; Slack refuses signatures that are 300 off
_LIMIT: Final = 15.0  # seconds for each check

# Scope → why the bot needs it. The manifest asks for exactly these; a test compares the two.
SCOPES: Final = {
    "app_mentions:read": "to hear its name",
    "channels:read": "to find the channel that a policy names, and see whether it is in there",
    "chat:write": "to answer in threads and write to people directly",
    "commands": "to have a slash command",
    "files:write": "to send the audit log as a file",
    "groups:read": "to do the same for private channels it is in",
    "im:history": "to read what people write to it directly",
    "usergroups:read": "to know who is in the groups that approve",
    "users:read": "to refuse guests, bots and deactivated people",
    "users:read.email": "to see that two accounts are one person, who can't approve their own request",
}


class Grade(StrEnum):
    """How a line is meant."""

    FINE = "✓"
    NOTE = "·"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; what is BAD has a fix."""

    grade: Grade
    text: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.grade} {self.text}" + (f"\n    fix: {self.fix}" if self.fix else "")


def fine(text: str) -> Finding:
    """Something that is as it should be."""
    return Finding(Grade.FINE, text)


def note(text: str) -> Finding:
    """Something to know; nothing to mend."""
    return Finding(Grade.NOTE, text)


def bad(text: str, fix: str) -> Finding:
    """Something to mend."""
    return Finding(Grade.BAD, text, fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """What is examined. `store` raises BotError when the database cannot be used, `policy` when its file can't."""

    slack: AsyncWebClient
    app_token: str | None
    pulumi: PulumiApi
    orgs: tuple[str, ...]
    store: Callable[[], Awaitable[None]]
    clock: Clock
    policy: Callable[[], Policy] = lambda: DEFAULT


async def examine(patient: Patient) -> list[Finding]:
    """Every check, in the order in which people mend things. Never raises."""
    checks = (_slack, _socket, _database, _policy, _pulumi)
    return [finding for check in checks for finding in await _in_time(check, patient)]


async def _in_time(check: Callable[[Patient], AsyncIterator[Finding]], patient: Patient) -> list[Finding]:
    found: list[Finding] = []
    try:
        async with asyncio.timeout(_LIMIT):
            async for finding in check(patient):
                found.append(finding)  # noqa: PERF401  # what was found before the time was up counts
    except TimeoutError:
        found.append(
            bad(f"{check.__name__.strip('_')}: no answer in {_LIMIT:.0f} s", "check the network and the address")
        )
    return found


async def _slack(patient: Patient) -> AsyncIterator[Finding]:
    try:
        answer = await answer_of(patient.slack, "auth.test")
    except ChatError as error:
        yield _refused("SLACK_BOT_TOKEN", error)
        return
    yield fine(f"Slack: {answer.get('user')} in {answer.get('team')}")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = set(headers.get("x-oauth-scopes", "").replace(" ", "").split(",")) - {""}
    for scope, why in SCOPES.items():
        if granted and scope not in granted:
            yield bad(
                f"Slack: the scope {scope} is missing, {why}", "add it under OAuth & Permissions and reinstall the app"
            )
    if granted >= SCOPES.keys():
        extra = ", ".join(sorted(granted - SCOPES.keys()))
        yield fine("Slack: every scope is granted" + (f" (and {extra}, unused so far)" if extra else ""))
    if when := headers.get("date"):
        yield _clock(when, patient.clock())


def _clock(header: str, now: datetime) -> Finding:
    with contextlib.suppress(ValueError):
        skew = abs((parsedate_to_datetime(header) - now).total_seconds())
        if skew > _SKEW:
            return bad(f"Clock: {skew:.0f} s away from Slack's", "keep this machine's clock by NTP")
        return fine("Clock: agrees with Slack's")
    return note("Clock: Slack did not say what time it is")


def _refused(setting: str, error: ChatError) -> Finding:
    if error.code == "no_answer":
        return bad("Slack: can't be reached", "check SLACK_API_URL and the network")
    return bad(
        f"Slack refuses {setting}: {error.code}", f"copy {setting} again from the app's pages and check the workspace"
    )


async def _socket(patient: Patient) -> AsyncIterator[Finding]:
    if patient.app_token is None:
        yield note("Slack reaches the bot over HTTP: its request URLs must be https://…/slack/events")
        return
    client = AsyncWebClient(patient.app_token, base_url=patient.slack.base_url, session=patient.slack.session)
    try:
        await answer_of(client, "apps.connections.open")
    except ChatError as error:
        yield _refused("SLACK_APP_TOKEN", error)
    else:
        yield fine("Slack: Socket Mode can be opened")


async def _database(patient: Patient) -> AsyncIterator[Finding]:
    try:
        await patient.store()
    except BotError as error:
        if "in use by another process" in str(error):
            yield note(f"Database: {error}; if that is the bot, all is well")
        else:
            yield bad(f"Database: {error}", "mend DATABASE_URL")
    else:
        yield fine("Database: open, and its schema is the newest")


async def _policy(patient: Patient) -> AsyncIterator[Finding]:
    try:
        policy = patient.policy()
    except PolicyError as error:
        yield bad(str(error), "mend the file; python -m bot policy check says what it means")
        return
    if not policy.groups.get("approvers"):
        yield note("Policy: no group approvers is named in a POLICY_FILE, so what no rule decides can't be changed")
    try:
        lost = [name for name in policy.names if not await _is_there(name, patient.slack)]
        closed = [name for name in policy.channels if not await _can_post(name, patient.slack)]
    except ChatError as error:
        yield note(f"Policy: Slack does not say who is named there ({error.code})")
        return
    for name in lost:
        yield bad(f"Policy: nobody in Slack goes by {name}", "mend the name in the policy file")
    for name in closed:
        yield bad(
            f"Policy: I am not in {name}", f"invite me there (/invite @pulumi), or mend {name} in the policy file"
        )
    if policy.names and not lost:
        yield fine(f"Policy: {len(policy.rules)} rules; {', '.join(policy.names)} may approve or audit")


async def _is_there(name: str, slack: AsyncWebClient) -> bool:
    if name == PULUMI_ADMINS:
        return True
    if name.startswith(("@", "S")):
        return await SlackUserGroups(slack).find(name) is not None
    try:
        return not (await SlackDirectory(slack).person(name)).deleted
    except ChatError as error:
        if error.code == "user_not_found":
            return False
        raise


async def _can_post(name: str, slack: AsyncWebClient) -> bool:
    book = SlackChannels(slack)
    found = await (book.named(name[1:]) if name.startswith("#") else book.channel(name))
    return bool(found and found.joined and not found.archived)


async def _pulumi(patient: Patient) -> AsyncIterator[Finding]:
    try:
        user = await patient.pulumi.user()
    except Unauthorized:
        yield bad("Pulumi refuses PULUMI_ACCESS_TOKEN", "make a new access token and set it")
        return
    except PulumiError as error:
        yield bad(f"Pulumi: {error}", "check PULUMI_API_URL and the network")
        return
    yield fine(f"Pulumi: reads as {user.machine or user.login}" + (" (a machine token)" if user.machine else ""))
    for org in patient.orgs or user.organizations:
        async for finding in _organization(patient.pulumi, user, org, patient.clock()):
            yield finding
    if not (patient.orgs or user.organizations):
        yield bad("Pulumi: the token belongs to no organization", "use a token of a member of your organization")


async def _organization(pulumi: PulumiApi, user: PulumiUser, org: str, now: datetime) -> AsyncIterator[Finding]:
    if user.organizations and org not in user.organizations:
        yield bad(f"Pulumi: the token is not in {org}", "take it out of PULUMI_ORGS, or use another token")
        return
    stacks: list[StackRef] = []
    if refusal := await _tried(_listing(pulumi, org, stacks)):
        yield bad(f"{org}: stacks can't be listed ({refusal})", "give the token's owner access to the organization")
        return
    yield fine(f"{org}: {len(stacks)} stacks are visible")
    for what, probe in _probes(pulumi, org, stacks[:1], now):
        if refusal := await _tried(probe):
            yield note(f"{org}: {what}: {refusal}")


async def _listing(pulumi: PulumiApi, org: str, into: list[StackRef]) -> None:
    into.extend([each.stack async for each in pulumi.stacks(org)])


def _probes(pulumi: PulumiApi, org: str, stacks: list[StackRef], now: datetime) -> list[tuple[str, Awaitable[None]]]:
    """Reads that a token may lack, or a server: each is tried once, on one stack where it needs one."""
    return [
        *((f"updates of {stack}", _first(pulumi.updates(stack, page_size=1))) for stack in stacks),
        *((f"previews of {stack}", _first(pulumi.previews(stack, page_size=1))) for stack in stacks),
        ("members", _first(pulumi.members(org))),
        ("roles", _done(pulumi.roles(org))),
        ("audit log", _first(pulumi.audit_events(org, since=now - timedelta(days=1), until=now))),
    ]


async def _done(read: Awaitable[object]) -> None:
    await read


async def _first(items: AsyncIterator[object]) -> None:
    async for _ in items:
        return


_REASONS: Final[dict[type[PulumiError], str]] = {
    Forbidden: "not allowed to this token",
    MissingRoute: "this Pulumi server doesn't have it",
    PlanLacks: "not in this organization's plan",
    NotFound: "",
}


async def _tried(probe: Awaitable[None]) -> str:
    """Why it does not work; nothing when it does, or when there is nothing to look at."""
    try:
        await probe
    except BadRequest as error:
        return error.message
    except PulumiError as error:
        return _REASONS.get(type(error), str(error))
    return ""
