"""The cards of subscriptions and mutes. Pure."""

from collections.abc import Iterator, Sequence

from bot.card import Bold, Button, Card, Channel, Code, Facts, Items, Line, Note, Part, Run, Text, Tone, User, When
from bot.happenings import Kind
from bot.operations import Attachment
from bot.operations.wording import plural
from bot.records import Subscribed
from bot.services.hindsight import UNCOUNTED, Hindsight
from bot.services.targets import Ears
from bot.subscriptions import Mute, Subscription

Told = tuple[Card, str | None] | tuple[Card, str | None, Attachment | None, bool]

_BUTTONS = 5


def explained(command: str, org: str) -> Card:
    """How to subscribe, by three examples."""
    tries = (
        (f"subscribe {org}/*", "failures of every stack, and when they are over"),
        (f"subscribe {org}/*/prod* started succeeded failed -user:ci-bot updates:live", "production, live, by people"),
        ("subscribe tag:team=payments failed deletes>0", "failures of one team that deleted something"),
    )
    lines = tuple((Code(f"{command} {line}"), f"  {what}") for line, what in tries)
    kinds = Text((Bold("Kinds  "), ", ".join(Kind), ". Without any: failed and recovered."))
    words = "tag:team=payments  user:ann  message:fix  branch:main  env:ci.system=GitHub*  result:failed  deletes>0"
    fields = Text((Bold("What updates have to be like  "), Code(words)))
    rule = (
        "Several words of one sort are alternatives, several sorts must all hold, and what begins with - is left out. "
        "Saying it again for the same stacks edits it; + adds to what is there."
    )
    buttons: tuple[Button, ...] = (Run("What this channel is told", "subscriptions"), Run(tries[0][0], tries[0][0]))
    return Card("Tell this channel about updates", Tone.PLAIN, (Items(lines), kinds, fields, Text((rule,))), buttons)


def subscribed(kept: Sequence[tuple[Subscribed, Subscribed | None]], ears: Ears, found: Hindsight | None) -> Card:
    """What is told from now on, what was before, and what it would have been."""
    edited = all(before for _, before in kept)
    named = [each.subscription for each, _ in kept]
    what = named[0].key if len(named) == 1 else plural(len(named), "subscription")
    title = f"{'Subscription changed' if edited else 'Subscribed'}: {what}"
    rows = [row for now, before in kept for row in _rows(now, before)]
    parts: list[Part] = [Facts((*rows, ("Goes to", _to(ears)))), Text((_hindsight(found),))]
    parts += [Note(text) for text in _remarks(named, found)]
    offers = tuple(Run(f"Unsubscribe {each.key}"[:75], f"unsubscribe {each.key}") for each in named[:_BUTTONS])
    return Card(title, Tone.GOOD, tuple(parts), (Run("Subscriptions", "subscriptions"), *offers))


def _rows(now: Subscribed, before: Subscribed | None) -> Iterator[tuple[str, Line]]:
    yield "Filter", (Code(now.subscription.line),)
    if before and before.subscription != now.subscription:
        yield "Was", (Code(before.subscription.line),)


def _to(ears: Ears) -> Line:
    return ("your direct messages with me",) if ears.own else (Channel(ears.id),)


def _hindsight(found: Hindsight | None) -> str:
    if found is None:
        return "I couldn't find out what this would have posted so far."
    if not found.matching:
        return "No stack that I see fits it now."
    stacks = plural(found.matching, "stack")
    if not found.updates:
        return f"It is about {stacks}, without an update so far."
    some = f"the {found.stacks} of {stacks} that changed last" if found.matching > found.stacks else stacks
    looked = f"the last {found.updates} updates" if found.updates > 1 else "the one update"
    return f"Of {looked} in {some} this would have posted {found.posted}."


def _remarks(named: Sequence[Subscription], found: Hindsight | None) -> Iterator[str]:
    uncounted = frozenset[Kind]().union(*(each.wanted_kinds for each in named)) & UNCOUNTED
    if uncounted and found and found.updates:
        yield f"Not counted: {', '.join(kind for kind in Kind if kind in uncounted)}."
    if any(each.live for each in named):
        yield "Live: each update gets a thread that shows its progress."


def ended(keys: Sequence[str], lines: Sequence[str], ears: Ears) -> Card:
    """What is told no more."""
    what = keys[0] if len(keys) == 1 else plural(len(keys), "subscription")
    rows: list[tuple[str, Line]] = [("Filter", (Code(line),)) for line in lines]
    again = tuple(Run("Subscribe again", f"subscribe {line}") for line in lines[:1] if len(lines) == 1)
    return Card(f"Unsubscribed: {what}", Tone.GOOD, (Facts((*rows, ("Went to", _to(ears)))),), again)


def listed(found: Sequence[Subscribed], mutes: Sequence[Mute], ears: Ears) -> Card:
    """Everything that is told there, and what is muted."""
    whom = "You are" if ears.own else "This channel is"
    if not found and not mutes:
        return Card(f"{whom} told of nothing yet", Tone.PLAIN, (), (Run("How to subscribe", "subscribe"),))
    parts: list[Part] = [Items(tuple(map(_line, found)))] if found else []
    if mutes:
        parts += [Text((Bold("Muted"),)), Items(tuple(map(_mute_line, mutes)))]
    offers = [
        Run(f"Unsubscribe {each.subscription.key}"[:75], f"unsubscribe {each.subscription.key}") for each in found
    ]
    unmute = [Run(f"Unmute {each.target}"[:75], f"unmute {each.target}") for each in mutes]
    title = f"{whom} told by {plural(len(found), 'subscription')}"
    return Card(title, Tone.PLAIN, tuple(parts), (*offers[:_BUTTONS], *unmute[:_BUTTONS]))


def _line(each: Subscribed) -> Line:
    parked: Line = (f"  not posted now: {each.parked}",) if each.parked else ()
    return (Code(each.subscription.line), "  by ", User(each.by), "  ", When(each.at), *parked)


def _mute_line(each: Mute) -> Line:
    return (Code(str(each.target)), "  ", *_until(each), *(("  by ", User(each.by)) if each.by else ()))


def _until(each: Mute) -> Line:
    return ("until ", When(each.until)) if each.until else ("until it succeeds again",)


def muted(mutes: Sequence[Mute], ears: Ears) -> Card:
    """What there is no word of for a while."""
    rows: list[tuple[str, Line]] = [(str(each.target), _until(each)) for each in mutes]
    what = str(mutes[0].target) if len(mutes) == 1 else f"{len(mutes)} targets"
    note = Note("Answers to commands and requests for approval come as before.")
    buttons = tuple(Run(f"Unmute {each.target}"[:75], f"unmute {each.target}") for each in mutes[:_BUTTONS])
    return Card(f"Muted: {what}", Tone.GOOD, (Facts((*rows, ("In", _to(ears)))), note), buttons)


def unmuted(mutes: Sequence[Mute], ears: Ears) -> Card:
    """What there is word of again."""
    names = ", ".join(str(each.target) for each in mutes)
    return Card(f"Loud again: {names}", Tone.GOOD, (Facts((("In", _to(ears)),)),))
