"""What is shown of an incident as it stands: its card in each channel, its thread, a burst's summary. Pure.

All of it is made from what is stored, so that a press can show it anew without a look at Pulumi.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.bursts import Blow, Burst
from bot.card import (
    Act,
    Bold,
    Button,
    Card,
    Facts,
    Inline,
    Items,
    Line,
    Link,
    Note,
    Open,
    Output,
    Part,
    Run,
    Text,
    Tone,
    User,
    When,
)
from bot.incidents import Incident, Place, Stamp
from bot.operations.wording import plural, took
from bot.records import Priority, Wanted

_LISTED: Final = 40  # lines of a summary


def subject(incident: Incident) -> str:
    """What its messages belong to."""
    return f"incident/{incident.id}"


def root_key(incident: Incident, channel: str) -> str:
    """The key of its first message in a channel."""
    return f"{subject(incident)}/{channel}"


def reply_key(incident: Incident, update_id: str, channel: str) -> str:
    """The key of the line about one update in its thread."""
    return f"{subject(incident)}/{update_id}/{channel}"


def shown_again(incident: Incident) -> tuple[Wanted, ...]:
    """Its card anew, wherever it has one."""
    return tuple(root(incident, each) for each in incident.places if not each.summed)


def root(incident: Incident, place: Place, *, parent: str = "") -> Wanted:
    """Its card in one channel; with `parent` as a reply that the channel sees, too."""
    return Wanted(
        key=place.key,
        subject=subject(incident),
        channel=place.channel,
        card=incident_card(incident, place),
        parent=parent,
        broadcast=bool(parent),
        priority=Priority.CARD,
    )


def reply(incident: Incident, place: Place, update_id: str, card: Card, *, aloud: bool = False) -> Wanted:
    """A line in its thread; `aloud`: the channel sees it, too."""
    return Wanted(
        key=reply_key(incident, update_id, place.channel),
        subject=subject(incident),
        channel=place.channel,
        card=card,
        parent=place.thread,
        broadcast=aloud,
    )


def incident_card(incident: Incident, place: Place | None = None) -> Card:
    """What failed as it was told, and how it stands now."""
    told, muted_by = incident.card, place.muted_by if place else ""
    facts = Facts((*_times(incident), *_people(incident, muted_by)))
    if not incident.fixed_by:
        parts = (*_notes_last((*told.parts, facts)),)
        return Card(told.title, told.tone, parts, _buttons(incident, muted=bool(muted_by)))
    line = _fix(incident, incident.fixed_by)
    parts = (Text(line), Text((Bold("What had failed"),)), *_notes_last((*told.parts, facts)))
    title = f"Fixed · {incident.stack} · {incident.fixed_by.label}"
    return Card(title, Tone.GOOD, parts, _buttons(incident, muted=True))


def _notes_last(parts: Sequence[Part]) -> Iterable[Part]:
    some = [part for part in parts if part != Facts(())]
    yield from (part for part in some if not isinstance(part, Note))
    yield from (part for part in some if isinstance(part, Note))


def _times(incident: Incident) -> Iterable[tuple[str, Line]]:
    """Whether it is the first failure, or which."""
    if incident.count == 1:
        yield "How often", ("1st failure with this cause",)
    else:
        first = incident.first
        since: Line = (", same cause, since ", _linked(first), " ", When(first.at))
        yield "How often", (Bold(f"{ordinal(incident.count)} failure"), *since)


def ordinal(number: int) -> str:
    """`1st`, `22nd`, `13th`."""
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _people(incident: Incident, muted_by: str) -> Iterable[tuple[str, Line]]:
    if incident.on_it:
        yield "On it", _named(incident.on_it)
    if muted_by:
        yield "Muted here", ("until it is fixed, by ", User(muted_by))
    if incident.waiting:
        yield "Told of the next run", _named(incident.waiting)


def _named(users: Sequence[str]) -> Line:
    line: list[Inline] = []
    for each in users:
        line += [", ", User(each)] if line else [User(each)]
    return tuple(line)


def _linked(stamp: Stamp) -> Link:
    return Link(stamp.label, stamp.url or None)


def _fix(incident: Incident, stamp: Stamp) -> Line:
    lasted = took(stamp.at - incident.first.at)
    times = "" if incident.count == 1 else f", after {plural(incident.count, 'failure')}"
    return ("Fixed by ", _linked(stamp), " ", When(stamp.at), f", {lasted} after it first failed{times}.")


def line_of(incident: Incident) -> str:
    """The stack and its latest failing update, as a command line names them."""
    latest = incident.latest
    return f"{incident.stack} " + (f"v{latest.version}" if latest.version is not None else latest.update_id)


def _buttons(incident: Incident, *, muted: bool) -> tuple[Button, ...]:
    buttons: list[Button] = [Run("Why?", f"why {line_of(incident)}"), Act("Full log", "fulllog", incident.id)]
    if incident.open:
        buttons.append(Act("I'm on it", "onit", incident.id))
        buttons += [] if muted else [Act("Mute until fixed", "mutefix", incident.id)]
        buttons.append(Act("Watch next run", "watchnext", incident.id))
    stamp = incident.fixed_by or incident.latest
    return (*buttons, *((Open("Open in Pulumi", stamp.url),) if stamp.url else ()))


def again_card(incident: Incident, stamp: Stamp) -> Card:
    """One more failure, in the thread of the first."""
    head = f"Failed again · {incident.stack} · {stamp.label}"
    line: Line = (f"The {ordinal(incident.count)} time with the same cause, since ", When(incident.first.at), ".")
    said = [part for part in incident.card.parts if isinstance(part, Output)][:1]
    return Card(head, Tone.BAD, (Text(line), *said), _open(stamp))


def late_card(incident: Incident, stamp: Stamp) -> Card:
    """A failure that is heard of after the fix."""
    text = "I hear of it only now. It is older than the fix, so nothing has to be done."
    return Card(f"Had failed, too · {incident.stack} · {stamp.label}", Tone.PLAIN, (Text((text,)),), _open(stamp))


def fixed_card(incident: Incident) -> Card:
    """The line in the thread that the channel may see, too."""
    stamp = incident.fixed_by or incident.latest
    head = f"Recovered · {incident.stack} · {stamp.label}"
    on_it: tuple[Part, ...] = (Text(("Thanks to ", *_named(incident.on_it))),) if incident.on_it else ()
    return Card(head, Tone.GOOD, (Text(_fix(incident, stamp)), *on_it), _open(stamp))


def _open(stamp: Stamp) -> tuple[Button, ...]:
    return (Open("Open in Pulumi", stamp.url),) if stamp.url else ()


def burst_key(channel: str, burst: Burst) -> str:
    """The key of a channel's summary."""
    return f"burst/{channel}/{round(burst.start.timestamp() * 1000) if burst.start else 0}"


def burst_message(channel: str, burst: Burst) -> Wanted:
    """The summary that stands for all that is too much."""
    key = burst_key(channel, burst)
    return Wanted(key=key, subject=f"burst/{channel}", channel=channel, card=burst_card(burst), priority=Priority.CARD)


def burst_card(burst: Burst) -> Card:
    """One line for each failure that is too many."""
    still = [each for each in burst.blows if not each.fixed]
    lines = [_blow(each) for each in burst.blows[:_LISTED]]
    if len(burst.blows) > _LISTED:
        lines.append((f"and {len(burst.blows) - _LISTED} more",))
    since: Line = ("Since ", When(burst.start), "; ") if burst.start else ()
    text: Line = (*since, "too many at once for a message each. Ask for any of them: status, or why.")
    head = f"{len(burst.blows)} more failed" + (
        f", {len(still)} still do" if still and len(still) < len(burst.blows) else ""
    )
    if not still:
        return Card(f"All fixed: {head}", Tone.GOOD, (Text(text), Items(tuple(lines))))
    runs = tuple(Run(f"{each.stack.project}/{each.stack.stack}"[:70], f"why {each.stack}") for each in still[:5])
    return Card(f"Failed: {head}", Tone.BAD, (Text(text), Items(tuple(lines))), runs)


def _blow(blow: Blow) -> Line:
    said = f"  {blow.cause}" if blow.cause else ""
    fixed = f"  ✅ fixed by {blow.fixed}" if blow.fixed else ""
    return (Bold(str(blow.stack)), f" {blow.label}{fixed or said}")
