"""Every write that the client has: how it is called, and what it has to send."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.ports import PulumiApi
from tests.contract.recorded import STACK, Json

S = "/api/stacks/demo/demo-aws-ts-webserver/dev-user1"
O = "/api/orgs/demo"  # noqa: E741  # as short as S
EXPIRES = datetime(2027, 1, 1, tzinfo=UTC)
TOKEN_ID = "74529ccd-27c0-40f7-bc4a-589f145ba67f"
MADE = {"id": TOKEN_ID, "tokenValue": "pul-75a564ac7f3a48079a0c448c1e1ec95c4cfed141"}


@dataclass(frozen=True)
class Write:
    name: str
    call: Callable[[PulumiApi], Awaitable[object]]
    method: str
    path: str
    body: Json | None = None
    query: str = ""
    answer: Json | None = None  # without which it would fail

    def __str__(self) -> str:
        return self.name


WRITES = (
    Write("transfer", lambda api: api.transfer_stack(STACK, "newco"), "POST", f"{S}/transfer", {"toOrg": "newco"}),
    Write("delete", lambda api: api.delete_stack(STACK), "DELETE", S),
    Write("force delete", lambda api: api.delete_stack(STACK, force=True), "DELETE", S, query="force=true"),
    Write("add tag", lambda api: api.add_tag(STACK, "a:b", "c"), "POST", f"{S}/tags", {"name": "a:b", "value": "c"}),
    Write(
        "update tag",
        lambda api: api.update_tag(STACK, "a:b", "c"),
        "PATCH",
        f"{S}/tags/a%3Ab",
        {"name": "a:b", "value": "c"},
    ),
    Write("delete tag", lambda api: api.delete_tag(STACK, "a:b"), "DELETE", f"{S}/tags/a%3Ab"),
    Write(
        "add member",
        lambda api: api.add_member("demo", "ann", "member"),
        "POST",
        f"{O}/members/ann",
        {"role": "member"},
    ),
    Write("remove member", lambda api: api.remove_member("demo", "ann"), "DELETE", f"{O}/members/ann"),
    Write(
        "edit role", lambda api: api.edit_role("demo", "ann", "admin"), "PATCH", f"{O}/members/ann", {"role": "admin"}
    ),
    Write(
        "edit role by id",
        lambda api: api.edit_role_by_id("demo", "ann", "r-1"),
        "PATCH",
        f"{O}/members/ann",
        {"fgaRoleId": "r-1"},
    ),
    Write(
        "create team",
        lambda api: api.create_team("demo", "ops", display_name="Operations", description="On call"),
        "POST",
        f"{O}/teams/pulumi",
        {"name": "ops", "displayName": "Operations", "description": "On call"},
    ),
    Write(
        "create github team",
        lambda api: api.create_github_team("demo", 17),
        "POST",
        f"{O}/teams/github",
        {"githubTeamID": 17},
    ),
    Write("delete team", lambda api: api.delete_team("demo", "ops"), "DELETE", f"{O}/teams/ops"),
    Write(
        "add team member",
        lambda api: api.add_team_member("demo", "ops", "ann"),
        "PATCH",
        f"{O}/teams/ops",
        {"memberAction": "add", "member": "ann"},
    ),
    Write(
        "remove team member",
        lambda api: api.remove_team_member("demo", "ops", "ann"),
        "PATCH",
        f"{O}/teams/ops",
        {"memberAction": "remove", "member": "ann"},
    ),
    Write(
        "create token",
        lambda api: api.create_token("ci", expires=EXPIRES),
        "POST",
        "/api/user/tokens",
        {"description": "ci", "expires": 1798761600},
        answer=MADE,
    ),
    Write("delete token", lambda api: api.delete_token(TOKEN_ID), "DELETE", f"/api/user/tokens/{TOKEN_ID}"),
)
