"""`usergroups.*`: the workspace's groups of people, and who is in them.

https://docs.slack.dev/reference/methods/usergroups.list
"""

from collections.abc import Mapping

from sandbox.slack import seed
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Group, Json, SlackError
from sandbox.slack.shapes import CREATED
from sandbox.slack.web_api import Call, Method

SCOPE = "usergroups:read"


class Groups:
    """The methods, over a ledger. They read no JSON bodies, as at Slack."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def methods(self) -> Mapping[str, Method]:
        """Every method of this kind by its name."""
        return {"usergroups.list": Method(self.groups, SCOPE), "usergroups.users.list": Method(self.members, SCOPE)}

    def groups(self, call: Call) -> Json:
        """All of them; members, their number and disabled groups only where asked for."""
        disabled = call.flag("include_disabled")
        shown = [group for group in self._ledger.groups.values() if disabled or not group.disabled]
        return {"usergroups": [_shape(group, call) for group in shown]}

    def members(self, call: Call) -> Json:
        """The ids of its active members; a disabled group is not known, unless asked for."""
        group = self._ledger.groups.get(call.text("usergroup"))
        if not group or (group.disabled and not call.flag("include_disabled")):
            raise SlackError("no_such_subteam")
        return {"users": [user for user in group.members if not self._ledger.users[user].deleted]}


def _shape(group: Group, call: Call) -> Json:
    known: Json = {
        "id": group.id,
        "team_id": seed.TEAM,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": CREATED,
        "date_update": CREATED,
        "date_delete": CREATED if group.disabled else 0,
        "auto_type": None,
        "created_by": seed.ANN,
        "updated_by": seed.ANN,
        "deleted_by": seed.ANN if group.disabled else None,
        "prefs": {"channels": [], "groups": []},
    }
    if call.flag("include_users"):
        known["users"] = list(group.members)
    if call.flag("include_count"):
        known["user_count"] = len(group.members)
    return known
