"""The commands about the bot's own trail: who asked for what, on whose word it was done, and whether that was kept."""

from typing import Annotated, Literal

from pydantic import Field

from bot.operations.base import Chore
from bot.operations.values import Args, MaybeField


class TrailArgs(Args):
    """Which rows: those of one request, or the newest."""

    id: MaybeField = ""
    mine: bool = Field(default=False, description="Only your own requests and your linked account")
    before: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Rows older than this number; a button says it"
    )


class TrailExportArgs(Args):
    """In which form."""

    format: Literal["csv", "json"] = Field("csv", description="A table, or one JSON object on each line")


_GROUP = "Approvals"

TRAIL = Chore(
    name="trail",
    aliases=("story",),
    summary="What the bot did, for whom, on whose word",
    group=_GROUP,
    example="R-7F3KQ",
    args=TrailArgs,
)
VERIFY = Chore(name="trail verify", summary="Check that every row of the trail is as it was written", group=_GROUP)
EXPORT = Chore(
    name="trail export",
    summary="The trail as a file, sent to you directly",
    group=_GROUP,
    example="--format csv",
    args=TrailExportArgs,
)
