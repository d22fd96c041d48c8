"""What a failure and a success mean for the incidents of a stack, and where they are told. Pure steps on a draft."""

from bot import incidents
from bot.bursts import Blow, mended, struck
from bot.card import Card, Output
from bot.happenings import Kind
from bot.incidents import Incident, Place, Stamp
from bot.model import Result, UpdateInfo
from bot.records import live_root
from bot.services.details import details_card
from bot.services.draft import Draft, Heard, stamp_of
from bot.services.incident_cards import (
    again_card,
    burst_key,
    burst_message,
    fixed_card,
    late_card,
    reply,
    reply_key,
    root,
    root_key,
)
from bot.services.notices import Story, failed_card, short_card

_CAUSE = 150  # characters of a line in a summary


def failed(draft: Draft, heard: Heard, update: UpdateInfo, story: Story) -> None:
    """The same cause again is a line in its thread and a number on its card; another cause is a new card."""
    stamp = stamp_of(update, heard.happening.at, draft.scene)
    if not heard.wants | heard.hushed or _counted(draft, heard.cause, stamp):
        return
    card = failed_card(story, draft.scene)
    if fix := _fix_after(draft, stamp):
        _late(draft, heard, stamp, card, fix)
        return
    same = next((each for each in draft.open if each.cause == heard.cause), None)
    _inform(draft, update, story)
    incident = (
        incidents.again(draft.incidents[same.id], stamp, card)
        if same
        else incidents.opened(heard.happening.stack, heard.cause, stamp, card)
    )
    draft.put(incident)
    for channel in sorted(heard.wants):
        _tell(draft, incident.id, channel, stamp)
    draft.show(incident.id)
    if not same and (details := details_card(story)):
        _explain(draft, incident.id, details)


def _explain(draft: Draft, incident_id: str, details: Card) -> None:
    """All that the card has no room for; where the update was followed live, its thread has said it."""
    incident = draft.incidents[incident_id]
    for place in incident.places:
        if place.thread == place.key and not place.summed:
            draft.say(reply(incident, place, "details", details))


def _counted(draft: Draft, cause: str, stamp: Stamp) -> bool:
    every = draft.incidents.values()
    return any(stamp.update_id in each.updates or (each.cause == cause and each.counts(stamp)) for each in every)


def _fix_after(draft: Draft, stamp: Stamp) -> Stamp | None:
    """A success that is newer than that failure, as far as one is known."""
    fixes = [each.fixed_by for each in draft.incidents.values() if each.fixed_by]
    known = draft.ledger.known
    if known and known.result is Result.SUCCEEDED and known.version is not None and known.update_id:
        fixes.append(Stamp(update_id=known.update_id, version=known.version, label=f"v{known.version}", at=known.at))
    newer = [each for each in fixes if each.mends(stamp)]
    return min(newer, key=lambda each: (each.version or 0, each.at)) if newer else None


def _late(draft: Draft, heard: Heard, stamp: Stamp, card: Card, fix: Stamp) -> None:
    """It is over already: nothing opens, and nobody is woken."""
    same = [each for each in draft.incidents.values() if each.cause == heard.cause and incidents.late(each, stamp)]
    if same:
        incident = incidents.again(same[-1], stamp, card)
        draft.put(incident)
        for place in incident.places:
            draft.say(reply(incident, place, stamp.update_id, late_card(incident, stamp)))
        return
    incident = incidents.fixed(incidents.opened(heard.happening.stack, heard.cause, stamp, card), fix)
    for channel in sorted(heard.wants):
        key = root_key(incident, channel)
        incident = incidents.shown(incident, Place(channel=channel, key=key, thread=key))
    draft.put(incident)
    draft.show(incident.id)


def _tell(draft: Draft, incident_id: str, channel: str, stamp: Stamp) -> None:
    """A line in the thread where there is one; else its first message there."""
    incident = draft.incidents[incident_id]
    place = incident.place(channel)
    if place and not place.summed and place.key not in draft.ledger.dead:
        draft.put(incidents.loud(incident, channel))
        draft.say(reply(incident, place, stamp.update_id, again_card(incident, stamp)))
        return
    place = _summed(draft, incident, channel, stamp) or _first(draft, incident, channel, stamp)
    incident = incidents.shown(incident, place)
    draft.put(incident)
    if not place.summed:
        draft.want(root(incident, place, parent=place.thread if place.thread != place.key else ""))


def _first(draft: Draft, incident: Incident, channel: str, stamp: Stamp) -> Place:
    """A message of its own; where the update is followed live, it is the line that ends its thread."""
    live, key = live_root(stamp.update_id, channel), root_key(incident, channel)
    if live in draft.ledger.keys:
        return Place(channel=channel, key=f"{live}/end", thread=live)
    if key in draft.ledger.dead:
        key = reply_key(incident, stamp.update_id, channel)
    return Place(channel=channel, key=key, thread=key)


def _summed(draft: Draft, incident: Incident, channel: str, stamp: Stamp) -> Place | None:
    """Its place in the summary, where the channel has too much to read."""
    blow = Blow(incident=incident.id, stack=incident.stack, label=stamp.label, cause=_said(incident.card))
    burst, over = struck(draft.burst(channel), blow, draft.scene.now)
    draft.bursts[channel] = burst
    if not over:
        return None
    draft.want(burst_message(channel, burst))
    key = burst_key(channel, burst)
    return Place(channel=channel, key=key, thread=key, summed=True)


def _said(card: Card) -> str:
    """The first line of the cause."""
    return next((part.lines[0] for part in card.parts if isinstance(part, Output) and part.lines), "")[:_CAUSE]


def _inform(draft: Draft, update: UpdateInfo, story: Story) -> None:
    """People who wait for the next run, which was over before anybody saw it begin."""
    for incident in draft.open:
        for user in incident.waiting:
            kind = Kind.FAILED if update.result is Result.FAILED else Kind.SUCCEEDED
            draft.notice(update, user, kind, short_card(kind, story, draft.scene))
    draft.informed(draft.open)


def succeeded(draft: Draft, heard: Heard, update: UpdateInfo, story: Story) -> set[str]:
    """Every open incident that is older is over: its card turns green. Gives the channels that were told so."""
    stamp = stamp_of(update, heard.happening.at, draft.scene)
    told = _told_of(draft, stamp)
    _inform(draft, update, story)
    for before in draft.open:
        incident = incidents.fixed(before, stamp)
        if incident == before:
            continue
        draft.loud = True  # as long as nothing else fails
        draft.put(incident)
        draft.show(incident.id)
        for place in incident.places:
            _tell_fix(draft, incident, place, stamp, aloud=place.channel in heard.fixes - told)
            told.add(place.channel)
    draft.loud = not draft.open and (draft.loud or Kind.RECOVERED in heard.happening.kinds)
    return told


def _told_of(draft: Draft, fix: Stamp) -> set[str]:
    """The channels that know of that fix already."""
    over = [each for each in draft.incidents.values() if each.fixed_by and each.fixed_by.update_id == fix.update_id]
    return {place.channel for each in over for place in each.places}


def _tell_fix(draft: Draft, incident: Incident, place: Place, stamp: Stamp, *, aloud: bool) -> None:
    if place.summed:
        burst = mended(draft.burst(place.channel), incident.id, stamp.label)
        if burst_key(place.channel, burst) == place.key:
            draft.bursts[place.channel] = burst
            draft.want(burst_message(place.channel, burst))
    draft.say(reply(incident, place, stamp.update_id, fixed_card(incident), aloud=aloud and not place.summed))
