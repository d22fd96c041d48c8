"""Commands that are known by name, so that help and suggestions are whole, and that say what they come with."""

from bot.model import Effect
from bot.operations.base import Planned

_APPROVALS, _LIVE = "approvals", "live updates"


def _write(name: str, summary: str, group: str, *aliases: str) -> Planned:
    return Planned(name=name, summary=summary, group=group, aliases=aliases, comes_with=_APPROVALS, effect=Effect.WRITE)


def _live(name: str, summary: str, *aliases: str) -> Planned:
    return Planned(name=name, summary=summary, group="Following", aliases=aliases, comes_with=_LIVE)


PLANNED = (
    _write("org member add", "Add somebody to the organization", "Organization"),
    _write("org member rm", "Remove somebody from the organization", "Organization", "org member remove"),
    _write("org member edit", "Change somebody's role", "Organization", "role"),
    _write("team create", "Create a team", "Organization"),
    _write("team rm", "Delete a team", "Organization", "team remove", "team delete"),
    _write("team add-member", "Add somebody to a team", "Organization"),
    _write("team remove-member", "Remove somebody from a team", "Organization"),
    _write("token ls", "Your own access tokens", "Tokens", "token list", "tokens"),
    _write("token create", "Create an access token of yours", "Tokens"),
    _write("token rm", "Revoke an access token of yours", "Tokens", "token remove", "token delete"),
    _write("can", "Who may do what, and why", "Approvals"),
    _live("watch", "Follow an update in a thread"),
    _live("unwatch", "Stop following"),
    _live("subscribe", "Tell this channel about updates"),
    _live("unsubscribe", "Stop telling this channel"),
    _live("subscriptions", "What this channel is told"),
    _live("mute", "Be quiet about a stack for a while"),
    _live("unmute", "Be loud again"),
)
