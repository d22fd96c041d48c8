"""The doctor: what is fine says so, what is not names its fix, and nothing is changed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor import SCOPES, Finding, Grade, Patient, examine
from bot.policy import Policy
from bot.policy_check import policy_of
from bot.pulumi import PulumiClient
from bot.store.address import StoreError
from sandbox.app import Sandbox, create
from tests.e2e.test_process import serving


def now() -> datetime:
    return datetime.now(UTC)


async def stored() -> None:
    """A database that opens."""


@asynccontextmanager
async def patient(
    sandbox: Sandbox,
    *,
    bot_token: str | None = None,
    app_token: str | None = "",
    pulumi_token: str | None = None,
    orgs: tuple[str, ...] = (),
    store: Callable[[], Awaitable[None]] = stored,
    clock: Callable[[], datetime] = now,
) -> AsyncIterator[Patient]:
    async with serving(sandbox) as address, aiohttp.ClientSession() as session:
        base = f"{address}/slack/api/"
        slack = AsyncWebClient(bot_token or sandbox.slack.bot_token, base_url=base, session=session)
        pulumi = PulumiClient(f"{address}/pulumi", SecretStr(pulumi_token or sandbox.pulumi.token), clock=now)
        token = sandbox.slack.app_token if app_token == "" else app_token
        yield Patient(slack=slack, app_token=token, pulumi=pulumi, orgs=orgs, store=store, clock=clock)
        await pulumi.aclose()


def bad(findings: list[Finding]) -> list[str]:
    for finding in findings:
        assert bool(finding.fix) is (finding.grade is Grade.BAD), "what is bad has a fix, what is not has none"
    return [finding.text for finding in findings if finding.grade is Grade.BAD]


async def test_a_whole_deployment_has_nothing_to_mend() -> None:
    async with patient(create()) as whole:
        findings = await examine(whole)
    assert bad(findings) == []
    texts = {finding.text for finding in findings}
    assert {"Slack: pulumi in Acme", "acme: 57 stacks are visible"} <= texts
    assert [text for text in texts if text.startswith("newco: audit log: ")], "what the token may not do is told"


async def test_each_missing_scope_is_named_with_its_reason() -> None:
    sandbox = create()
    sandbox.slack.api.scopes[sandbox.slack.bot_token] = frozenset({"reactions:read"})
    async with patient(sandbox) as ill:
        assert bad(await examine(ill)) == [
            f"Slack: the scope {scope} is missing, {why}" for scope, why in SCOPES.items()
        ]


async def test_refused_tokens_are_named_by_their_setting_and_never_shown() -> None:
    async with patient(create(), bot_token="xoxb-wrong", app_token="xapp-wrong", pulumi_token="pul-wrong") as ill:
        findings = await examine(ill)
    assert bad(findings) == [
        "Slack refuses SLACK_BOT_TOKEN: invalid_auth",
        "Slack refuses SLACK_APP_TOKEN: invalid_auth",
        "Pulumi refuses PULUMI_ACCESS_TOKEN",
    ]
    assert "wrong" not in str([str(finding) for finding in findings])


async def test_an_organization_that_the_token_is_not_in_is_named() -> None:
    async with patient(create(), orgs=("acme", "elsewhere")) as ill:
        assert bad(await examine(ill)) == ["Pulumi: the token is not in elsewhere"]


async def test_a_clock_that_is_off_is_found() -> None:
    async with patient(create(), clock=lambda: now() + timedelta(minutes=5)) as ill:
        (found,) = bad(await examine(ill))
    assert found.startswith("Clock: ")


async def test_a_database_that_cannot_be_used_and_one_that_the_bot_uses() -> None:
    async def broken() -> None:
        raise StoreError("DATABASE_URL needs a file")

    async def busy() -> None:
        raise StoreError("bot.db is in use by another process; a SQLite file serves one bot")

    async with patient(create(), store=broken) as ill:
        assert bad(await examine(ill)) == ["Database: DATABASE_URL needs a file"]
    async with patient(create(), store=busy, app_token=None) as whole:
        assert bad(await examine(whole)) == []


async def test_services_that_are_not_there_are_named_in_time() -> None:
    async with patient(create()) as gone:
        pass
    async with aiohttp.ClientSession() as session:
        slack = AsyncWebClient("xoxb-1", base_url=gone.slack.base_url, session=session)
        client = PulumiClient("http://127.0.0.1:9", SecretStr("pul-1"), clock=now, sleep=_at_once)
        lost = Patient(slack=slack, app_token="xapp-1", pulumi=client, orgs=(), store=stored, clock=now)
        findings = bad(await examine(lost))
        await client.aclose()
    assert findings[:2] == ["Slack: can't be reached", "Slack: can't be reached"]
    assert findings[2].startswith("Pulumi: NotSent")


async def _at_once(_: float) -> None:
    """No waiting between tries."""


async def test_whom_a_policy_names_has_to_be_there_and_its_channels_joined() -> None:
    text = """
    [groups]
    approvers = ["@sre", "@sree", "U0BO000002", "U0TIM00006", "U0NOBODY00", "pulumi:admin"]
    [[rule]]
    match = { risk = "high" }
    channel = "#platform"
    [[rule]]
    match = { risk = "admin" }
    channel = "#general"
    """
    async with patient(create()) as ill:
        found = bad(await examine(replace(ill, policy=lambda: Policy.parse(text, ()))))
    assert found == [
        "Policy: nobody in Slack goes by @sree",
        "Policy: nobody in Slack goes by U0TIM00006",
        "Policy: nobody in Slack goes by U0NOBODY00",
        "Policy: I am not in #general",
    ]


async def test_a_policy_that_is_fine_says_so_and_one_without_approvers_is_noted() -> None:
    async with patient(create()) as whole:
        text = '[groups]\napprovers = "@sre"'
        findings = await examine(replace(whole, policy=lambda: Policy.parse(text, ())))
        assert "Policy: 0 rules; @sre may approve or audit" in {finding.text for finding in findings}
        (noted,) = (finding for finding in await examine(whole) if finding.text.startswith("Policy: "))
    assert noted.grade is Grade.NOTE
    assert "no group approvers" in noted.text


async def test_a_policy_file_that_is_wrong_is_told_with_its_mistakes(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("rule = 1")
    async with patient(create()) as ill:
        (found,) = bad(await examine(replace(ill, policy=lambda: policy_of(tmp_path / "p.toml"))))
    assert found.endswith("is wrong:\nline 1: rule is written [[rule]], with two brackets, not 1")
