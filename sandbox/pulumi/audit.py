"""The audit log: what kinds of event there are, how it is cut into pages and written as files. Pure."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice

from sandbox.pulumi.organizations import AuditEvent
from sandbox.pulumi.resources import digest

# The name to filter by, the name in the log, what it is.
KINDS: Mapping[str, tuple[str, str]] = {
    "stack-created": ("Stack Created", "A stack was created"),
    "stack-update-started": ("Stack Update Started", "An update, refresh, import or destroy began"),
    "stack-preview-started": ("Stack Preview Started", "A preview began"),
    "stack-exported": ("Stack Exported", "A stack's state was downloaded"),
    "stack-deleted": ("Stack Deleted", "A stack was deleted"),
    "stack-transferred": ("Stack Transferred", "A stack was given to another organization"),
    "stack-tag-added": ("Stack Tag Added", "A tag was set"),
    "stack-tag-updated": ("Stack Tag Updated", "A tag was changed"),
    "stack-tag-deleted": ("Stack Tag Deleted", "A tag was removed"),
    "stack-tags-replaced": ("Stack Tags Replaced", "All tags of a stack were replaced"),
    "secret-decrypted": ("Secret Decrypted", "A secret value was decrypted"),
    "member-added": ("Member Added", "Somebody became a member"),
    "member-removed": ("Member Removed", "Somebody ceased to be a member"),
    "member-role-changed": ("Member Role Changed", "A member got another role"),
    "team-created": ("Team Created", "A team was created"),
    "team-deleted": ("Team Deleted", "A team was deleted"),
    "team-updated": ("Team Updated", "A team's name, description or members were changed"),
    "access-token-created": ("Access Token Created", "An access token was made"),
    "access-token-deleted": ("Access Token Deleted", "An access token was revoked"),
    "audit-logs-exported": ("Audit Logs Exported", "The audit log was downloaded"),
    "login-failed": ("Login Failed", "Somebody could not sign in"),
    "team-membership-changed": ("Team Membership Changed", "Replaced by Team Updated"),
}
DEPRECATED: Mapping[str, str] = {"team-membership-changed": "team-updated"}

_HEAD = (
    "Timestamp", "Name", "Login", "Event", "Description", "SourceIP",
    "RequireOrgAdmin", "RequireStackAdmin", "AuthenticationFailure",
)  # fmt: skip


def address(login: str) -> str:
    """Where somebody asks from."""
    return f"198.51.100.{1 + int(digest('address', login)[:4], 16) % 254}"


def page(events: Iterable[AuditEvent], size: int) -> list[AuditEvent]:
    """The first so many of the events; more where all of them are of one second, or nobody could get past it."""
    rest = iter(events)
    found = list(islice(rest, size))
    if found and found[0].timestamp == found[-1].timestamp:
        for each in rest:
            found.append(each)
            if each.timestamp != found[0].timestamp:
                break
    return found


def as_csv(events: Iterable[AuditEvent], names: Mapping[str, str]) -> str:
    """A table with a head; times as RFC 3339, quotes doubled."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_HEAD)
    for each in events:
        flags = (str(flag).lower() for flag in (each.org_admin, each.stack_admin, each.failed))
        when = datetime.fromtimestamp(each.timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        who = (names.get(each.login, ""), each.login)
        table.writerow((when, *who, each.event, each.description, each.ip, *flags))
    return text.getvalue()


def as_cef(events: Iterable[AuditEvent]) -> str:
    """Lines of ArcSight's Common Event Format; its `rt` is in milliseconds."""
    return "".join(
        f"CEF:0|Pulumi|Pulumi Service|1.0|{_bar(each.event)}|{_bar(each.event)}|{5 if each.failed else 0}|"
        f"rt={each.timestamp}000 src={each.ip} suser={_value(each.login)} msg={_value(each.description)}\n"
        for each in events
    )


def _bar(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n")
