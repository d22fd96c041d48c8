"""The events of an update as lines that people read: steps that changed something, messages, policy findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pydantic import Field

from bot.card import Bold, Card, Items, Line, Note, Part, Run, Text, Tone
from bot.errors import MissingRoute
from bot.events import EngineEvent
from bot.model import UpdateInfo
from bot.operations.base import Operation, Scene
from bot.operations.paging import Page, PageField
from bot.operations.reports import pick
from bot.operations.update_card import never_ran
from bot.operations.values import LATEST, StackArgs, UpdateField
from bot.operations.wording import TONES, done, first_line, title
from bot.plain import plain
from bot.ports import PulumiApi
from bot.urns import resource

_NOISE = {"same", "read", "read-replacement", "discard", "discard-replaced", "delete-replaced", "create-replacement"}
_LINES = 8  # of one message; the console has the rest


class LogArgs(StackArgs):
    """Which update, and which of its lines."""

    update: UpdateField = LATEST
    errors: bool = Field(default=False, description="Only errors")
    policy: bool = Field(default=False, description="Only policy findings")
    urn: str | None = Field(None, description="Only resources whose URN contains this")
    page: PageField = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log."""

    tone: Tone
    subject: str
    text: str
    urn: str = ""
    policy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A page of an update's lines; `update` is None when the stack never ran, `page` when it has no events."""

    update: UpdateInfo | None
    page: Page[Entry] | None


async def read_log(pulumi: PulumiApi, args: LogArgs) -> Log:
    """All events are read, since a page of lines is not a page of events."""
    update = await pick(pulumi, args.stack, args.update)
    if update is None or update.update_id is None:
        return Log(update=update, page=None)
    found: list[Entry] = []
    try:
        async for page in pulumi.events(args.stack, update.update_id):
            for entry in (entry for event in page.events for entry in entries(event) if _wanted(entry, args)):
                _add(found, entry)
    except MissingRoute:
        return Log(update=update, page=None)
    return Log(update=update, page=Page.of(found, args.page))


def _add(found: list[Entry], entry: Entry) -> None:
    """Lines that a program prints one after another are one text, such as a traceback."""
    last = found[-1] if found else None
    if last and last.tone is entry.tone is Tone.PLAIN and last.urn == entry.urn:
        found[-1] = replace(last, text=f"{last.text}\n{entry.text}")
    else:
        found.append(entry)


def _wanted(entry: Entry, args: LogArgs) -> bool:
    if args.urn and args.urn.lower() not in entry.urn.lower():
        return False
    if args.errors or args.policy:
        return (args.errors and entry.tone is Tone.BAD) or (args.policy and entry.policy)
    return True


def entries(event: EngineEvent) -> Iterator[Entry]:
    """The lines of one event: one, or none where it is noise."""
    if read := _READERS.get(event.kind):
        yield from read(event)


def _step(event: EngineEvent) -> Iterator[Entry]:
    if (outputs := event.res_outputs_event) and outputs.metadata.op not in _NOISE:
        step = outputs.metadata
        word = f"would be {done(step.op)}" if outputs.planning else done(step.op)
        yield Entry(tone=Tone.GOOD, subject=str(resource(step.urn, step.type)), text=word, urn=step.urn)


def _failed(event: EngineEvent) -> Iterator[Entry]:
    if failed := event.res_op_failed_event:
        step = failed.metadata
        yield Entry(tone=Tone.BAD, subject=str(resource(step.urn, step.type)), text=f"{step.op} failed", urn=step.urn)


_TONES = {"error": Tone.BAD, "warning": Tone.WARN}


def _message(event: EngineEvent) -> Iterator[Entry]:
    said = event.diagnostic_event
    if said is None or said.ephemeral or said.severity == "debug":
        return
    urn, text = said.urn or "", plain(said.message or "").strip("\n").rstrip()
    if text:
        subject = str(resource(urn)) if urn else "stack"
        yield Entry(tone=_TONES.get(said.severity or "", Tone.PLAIN), subject=subject, text=text, urn=urn)


def _policy(event: EngineEvent) -> Iterator[Entry]:
    if found := event.policy_event:
        urn = found.resource_urn or ""
        tone = Tone.BAD if found.enforcement_level == "mandatory" else Tone.WARN
        where = f" on {resource(urn)}" if urn else ""
        subject = f"{found.enforcement_level or ''} policy {found.policy_name or '?'}{where}".strip()
        yield Entry(tone=tone, subject=subject, text=plain(found.message or "").strip(), urn=urn, policy=True)


_READERS: dict[str, Callable[[EngineEvent], Iterator[Entry]]] = {
    "resOutputsEvent": _step,
    "resOpFailedEvent": _failed,
    "diagnosticEvent": _message,
    "policyEvent": _policy,
}


def show_log(args: LogArgs, log: Log, scene: Scene) -> Card:
    """The lines in the order in which they happened."""
    if log.update is None:
        return never_ran(args.stack, scene)
    if log.page is None:
        text = "This Pulumi server gives no events for it."
        return Card(title(log.update), TONES[log.update.result], (Text((text,)),))
    which = [word for flag, word in ((args.errors, "errors"), (args.policy, "policy findings")) if flag]
    kind = " and ".join(which) or "messages and changes"
    if not log.page.items:
        text = f"No {kind}" + (f" about “{args.urn}”." if args.urn else ".")
        return Card(title(log.update), TONES[log.update.result], (Text((text,)),))
    parts: list[Part] = [Items(tuple(map(_line, log.page.items)))]
    counted = f"{log.page.total} {kind}"
    parts.append(Note(" · ".join(filter(None, (counted, log.page.label)))))
    turn = log.page.buttons(lambda number: LOG.line(args.model_copy(update={"page": number})))
    only = (Run("Only errors", LOG.line(args.model_copy(update={"errors": True, "page": 1}))),) if not which else ()
    return Card(title(log.update), TONES[log.update.result], tuple(parts), (*turn, *only))


def _line(entry: Entry) -> Line:
    lines = entry.text.splitlines()
    text = "\n".join(lines[:_LINES]) + (f"\n… and {len(lines) - _LINES} more lines" if len(lines) > _LINES else "")
    return (f"{entry.tone} ".lstrip(), Bold(entry.subject), f"  {text or first_line(entry.text)}")


LOG = Operation(
    name="stack history events",
    aliases=("events", "logs", "history events"),
    summary="What happened inside an update, line by line",
    group="Updates",
    example="acme/shop/prod v96 --errors",
    args=LogArgs,
    execute=read_log,
    render=show_log,
)
