"""The commands about requests: what waits, and deciding by typing instead of pressing."""

from typing import Annotated, Literal

from pydantic import Field

from bot.operations.base import Chore
from bot.operations.paging import PageField
from bot.operations.values import Args, MaybeField


class RequestsArgs(Args):
    """Which requests."""

    id: MaybeField = ""
    state: Literal["open", "ended", "all"] = Field(default="open", description="Open ones, ended ones, or all")
    mine: bool = Field(default=False, description="Only what you asked for")
    page: PageField = 1


class RequestArgs(Args):
    """One request."""

    id: Annotated[str, Field(max_length=16)]


_GROUP = "Approvals"

REQUESTS = Chore(
    name="requests",
    aliases=("request", "approvals"),
    summary="What waits for approval, or one request in full",
    group=_GROUP,
    example="--mine",
    args=RequestsArgs,
)
APPROVE = Chore(
    name="approve", summary="Approve a request: opens its form", group=_GROUP, example="R-7F3KQ", args=RequestArgs
)
REJECT = Chore(
    name="reject",
    aliases=("deny",),
    summary="Reject a request: opens its form",
    group=_GROUP,
    example="R-7F3KQ",
    args=RequestArgs,
)
WITHDRAW = Chore(
    name="withdraw", summary="Withdraw a request of yours", group=_GROUP, example="R-7F3KQ", args=RequestArgs
)
