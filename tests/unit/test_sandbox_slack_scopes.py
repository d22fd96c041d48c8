"""What each method of the fake workspace needs: the scope by name, and who is let in without one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from sandbox.slack import seed
from tests.unit.sandbox_slack import Slack, serve

DESIGN = """
app_mentions:read channels:read chat:write commands files:write groups:read im:history links:read links:write
usergroups:read users:read users:read.email
"""
BY_METHOD = {
    "api.test": None,
    "apps.connections.open": "connections:write",
    "auth.test": None,
    "blocks.validate": None,
    "bots.info": "users:read",
    "chat.delete": "chat:write",
    "chat.getPermalink": None,
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.info": "channels:read",
    "conversations.list": "channels:read",
    "conversations.members": "channels:read",
    "conversations.open": "im:write",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "team.info": "team:read",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "users.conversations": "channels:read",
    "users.info": "users:read",
    "users.list": "users:read",
    "users.lookupByEmail": "users:read.email",
    "views.open": None,
    "views.publish": None,
    "views.push": None,
    "views.update": None,
}


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


async def test_every_method_names_the_scope_that_is_missing(slack: Slack) -> None:
    assert BY_METHOD.keys() == slack.workspace.api.methods
    everything = frozenset(filter(None, BY_METHOD.values()))
    for method, scope in BY_METHOD.items():
        token = seed.APP_TOKEN if method.startswith("apps.") else seed.BOT_TOKEN
        slack.workspace.api.scopes[token] = everything - {scope}
        answer = await slack.ask(method, token=token, channel=seed.PLATFORM)
        if scope is None:
            assert answer.get("error") != "missing_scope", method
        else:
            provided = ",".join(sorted(everything - {scope}))
            assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", scope, provided), method


@pytest.mark.parametrize(
    ("method", "args", "scope"),
    [
        ("conversations.info", {"channel": seed.direct(seed.ANN)}, "im:read"),
        ("conversations.members", {"channel": seed.direct(seed.ANN)}, "im:read"),
        ("conversations.list", {"types": "public_channel,private_channel"}, "groups:read"),
        ("users.conversations", {"types": "mpim"}, "mpim:read"),
        ("chat.postMessage", {"channel": seed.PLATFORM, "text": "x", "username": "Me"}, "chat:write.customize"),
    ],
)
async def test_some_scopes_depend_on_what_is_asked_for(
    slack: Slack, method: str, args: dict[str, str], scope: str
) -> None:
    slack.workspace.api.scopes[seed.BOT_TOKEN] = frozenset({"channels:read", "chat:write"})
    answer = await slack.ask(method, **args)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)


def test_the_app_has_the_scopes_of_the_design_and_asks_for_no_others() -> None:
    assert frozenset(DESIGN.split()) == seed.SCOPES
    manifest = yaml.safe_load(Path("app_manifest.yml").read_text("utf-8"))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) <= seed.SCOPES
