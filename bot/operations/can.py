"""The command that explains who may do what."""

from bot.operations.base import Chore
from bot.operations.values import Args, RestField


class CanArgs(Args):
    """A command line, perhaps with the person in front whom it is asked for."""

    command: RestField = ()


CAN = Chore(
    name="can",
    aliases=("can i",),
    summary="Who may do something, and who would have to approve it",
    group="Approvals",
    example="stack rm acme/shop/staging",
    args=CanArgs,
)
