"""Who did what in an organization: for auditors, newest first, and as a file for their direct messages.

Pulumi's own `startTime` means "older than"; the client walks back from `until` and stops at `since`.
"""

from typing import Annotated, Literal

from pydantic import Field

from bot.card import Bold, Card, Items, Line, Note, Run, Text, Tone, When
from bot.operations.base import Attachment, Audience, Operation, Scene
from bot.operations.paging import SIZE, Page, PageField
from bot.operations.values import Args, Moment, MomentField, OrgField
from bot.operations.wording import plural
from bot.organization import AuditEvent, AuditExport, AuditFormat
from bot.ports import PulumiApi

Since = Annotated[MomentField, Field(description="From when on: 24h, 7d, yesterday, or a date")]
Until = Annotated[MomentField, Field(description="Until when; now, unless said otherwise")]


class AuditArgs(Args):
    """Which events."""

    org: OrgField
    since: Since = Moment.parse("24h")
    until: Until = Moment.parse("now")
    user: str | None = Field(None, description="Only by this person: their Pulumi login")
    event_type: str | None = Field(None, description="Only this kind of event")
    stack: str | None = Field(None, description="Only events whose text names this stack")
    page: PageField = 1

    def wants(self, event: AuditEvent) -> bool:
        """Whether the event is about the stack that was asked for."""
        return not self.stack or self.stack.casefold() in event.description.casefold()


async def read_audit(pulumi: PulumiApi, args: AuditArgs) -> Page[AuditEvent]:
    """One page, newest first; one more is read, to know whether there is another page."""
    found: list[AuditEvent] = []
    events = pulumi.audit_events(
        args.org, since=args.since.fixed, until=args.until.fixed, user=args.user, event=args.event_type
    )
    async for event in events:
        found += [event] if args.wants(event) else []
        if len(found) > args.page * SIZE:
            break
    return Page(tuple(found[(args.page - 1) * SIZE :][:SIZE]), args.page, len(found) > args.page * SIZE)


def show_audit(args: AuditArgs, page: Page[AuditEvent], scene: Scene) -> Card:  # noqa: ARG001  # every render gets it
    """One line for each event."""
    span = ("Between ", When(args.since.fixed), " and ", When(args.until.fixed))
    if not page.items:
        longer = (Run("The last 30 days", f"org audit-log ls {args.org} --since 30d"),)
        return Card(f"Nothing in the audit log of {args.org}", Tone.PLAIN, (Text(span),), longer)
    heading = " · ".join(filter(None, (f"Audit log of {args.org}", page.label)))
    turn = page.buttons(lambda number: LIST.line(args.model_copy(update={"page": number})))
    parts = (Text(span), Items(tuple(map(_line, page.items))), Note("Only you see this"))
    return Card(heading, Tone.PLAIN, parts, turn)


def _line(event: AuditEvent) -> Line:
    who = str(event.user) if event.user else event.actor or "somebody"
    failed = "  refused: authentication failed" if event.authentication_failed else ""
    return (When(event.at), "  ", Bold(event.event), f"  {who}  ·  {event.description}{failed}")


class ExportArgs(Args):
    """Which events, and in which form."""

    org: OrgField
    since: Since = Moment.parse("7d")
    until: Until = Moment.parse("now")
    user: str | None = Field(None, description="Only by this person: their Pulumi login")
    event_type: str | None = Field(None, description="Only this kind of event")
    format: Literal["csv", "cef"] = Field("csv", description="A table, or ArcSight's format")


async def export_audit(pulumi: PulumiApi, args: ExportArgs) -> AuditExport:
    """The whole export between the bounds."""
    return await pulumi.export_audit(
        args.org,
        AuditFormat(args.format),
        since=args.since.fixed,
        until=args.until.fixed,
        user=args.user,
        event=args.event_type,
    )


def show_export(args: ExportArgs, export: AuditExport, scene: Scene) -> Card:  # noqa: ARG001  # every render gets it
    """What the file in the thread is."""
    span = ("Between ", When(args.since.fixed), " and ", When(args.until.fixed))
    note = Note("It holds personal data: logins and IP addresses")
    return Card(f"Audit log of {args.org}: {plural(export.events, 'event')}", Tone.PLAIN, (Text(span), note))


def file_of(args: ExportArgs, export: AuditExport) -> Attachment:
    """`audit-acme-2026-11-17.csv`."""
    return Attachment(f"audit-{args.org}-{args.since.fixed:%Y-%m-%d}.{args.format}", export.content)


LIST = Operation(
    name="org audit-log ls",
    aliases=("org audit-log list", "org audit-log", "audit"),
    summary="Who did what in an organization, newest first",
    group="Organization",
    example="acme --since 7d --user ann",
    args=AuditArgs,
    execute=read_audit,
    render=show_audit,
    audience=Audience.AUDITORS,
)
EXPORT = Operation(
    name="org audit-log export",
    aliases=("audit export",),
    summary="The audit log as a file, sent to you directly",
    group="Organization",
    example="acme --since 7d --format csv",
    args=ExportArgs,
    execute=export_audit,
    render=show_export,
    attach=file_of,
    audience=Audience.AUDITORS,
)
