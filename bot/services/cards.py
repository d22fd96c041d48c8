"""What Slack should show of a request: its card, and the notes in its thread. Pure, from one step alone."""

from collections.abc import Iterator
from typing import Final

from bot.approvals import Deed, Request, State, Step, Verdict, Vote
from bot.card import Act, Button, Card, Code, Facts, Inline, Line, Note, Part, Run, Style, Text, Tone, User, When
from bot.model import Risk
from bot.operations.wording import plural
from bot.records import Priority, Wanted

# For each state: how the card's title begins, its sign, and what is said below it.
_SHOWN: Final = {
    State.PENDING: ("Needs approval", Tone.PLAIN),
    State.APPROVED: ("Approved", Tone.RUNNING),
    State.EXECUTING: ("Running", Tone.RUNNING),
    State.SUCCEEDED: ("Done", Tone.GOOD),
    State.FAILED: ("Failed", Tone.BAD),
    State.UNKNOWN: ("Outcome unknown", Tone.WARN),
    State.REJECTED: ("Rejected", Tone.BAD),
    State.WITHDRAWN: ("Withdrawn", Tone.PLAIN),
    State.EXPIRED: ("Expired", Tone.PLAIN),
    State.STALE: ("Void", Tone.WARN),
}


def root(request_id: str) -> str:
    """The key of a request's card."""
    return f"request/{request_id}"


def display(step: Step) -> tuple[Wanted, ...]:
    """Every message that a step wants: the card anew, a note for whoever watches the thread, a direct message."""
    asked = step.request
    key = root(asked.id)
    card = Wanted(key=key, subject=asked.id, channel=asked.channel, card=request_card(asked), priority=Priority.CARD)
    notes = (
        Wanted(key=f"{key}/{step.deed}/{asked.version}", subject=asked.id, channel=asked.channel, card=note, parent=key)
        for note in _notes(step)
    )
    return (card, *notes, *_direct(asked), *_receipt(step))


def _direct(asked: Request) -> Iterator[Wanted]:
    """The message that lets the requester make the call, once it was approved, and that says later what came of it."""
    if asked.waits and asked.state is not State.PENDING:
        key, card = f"{root(asked.id)}/create", _create_card(asked)
        yield Wanted(key=key, subject=asked.id, channel=asked.requester.user, card=card, priority=Priority.CARD)


def _receipt(step: Step) -> Iterator[Wanted]:
    """For who approved what could break most: somebody else with their session would be seen at once."""
    asked, actor = step.request, step.actor
    if actor and step.deed in {Deed.VOTED, Deed.APPROVED} and asked.ruling.risk is Risk.ADMIN:
        text = Text(("Asked by ", User(asked.requester.user), ". If this was not you, say so: it is void then."))
        button = Act("Not me", "notme", asked.id, Style.DANGER)
        card = Card(f"You approved: {asked.title}", Tone.PLAIN, (text, Note(asked.id)), (button,))
        key = f"{root(asked.id)}/receipt/{asked.version}"
        yield Wanted(key=key, subject=asked.id, channel=actor.user, card=card)


def _create_card(asked: Request) -> Card:
    if asked.state is State.APPROVED:
        text = "It is made when you press the button, and its value is shown to you once, there and nowhere else."
        button = Act("Create and show", "create", asked.id, Style.PRIMARY)
        return Card(f"Approved: {asked.title}", Tone.GOOD, (Text((text,)), *_until(asked)), (button,))
    return Card(title(asked), _SHOWN[asked.state][1], tuple(_outcome(asked)), ())


def _until(asked: Request) -> Iterator[Part]:
    if asked.execute_by:
        yield Text(("The approval is good until ", When(asked.execute_by), "."))


def title(asked: Request) -> str:
    """The request in one line: its state first."""
    return f"{_SHOWN[asked.state][0]}: {asked.title}"


def request_card(asked: Request) -> Card:
    """The request as everybody sees it, in whatever state."""
    parts = (*_asking(asked), *_outcome(asked), *asked.impact, *_facts(asked), Note(f"{asked.id}  ·  {asked.line}"))
    return Card(title(asked), _SHOWN[asked.state][1], parts, tuple(_buttons(asked)))


def _asking(asked: Request) -> Iterator[Part]:
    yield Text(("Asked by ", User(asked.requester.user)))
    if asked.reason:
        yield Text((f"“{asked.reason}”",))


def _facts(asked: Request) -> Iterator[Part]:
    rows: list[tuple[str, Line]] = []
    if asked.before and not asked.state.final:
        rows.append(("As of now", (" · ".join(f"{name} {value}" for name, value in asked.before),)))
    if asked.state is State.PENDING:
        rows.append(("Decides", (*needs(asked), f" ({len(asked.approved_by)} so far)")))
        rows.append(("Expires", (When(asked.expires),)))
    rows.append(("Policy", (asked.ruling.rule,)))
    rows += [("Vote", vote_line(each)) for each in asked.votes]
    yield Facts(tuple(rows))


def needs(asked: Request) -> Line:
    """`2 of @sre, not the requester`."""
    if asked.ruling.approvals == 0:
        return ("the requester, by confirming it",)
    return (f"{asked.ruling.approvals} of ", *asked.approvers, ", not the requester")


def vote_line(ballot: Vote) -> Line:
    """Who, what, when, in which words: fed by the record of the vote and nothing else."""
    said = "approved" if ballot.verdict is Verdict.APPROVE else "rejected"
    comment: tuple[Inline, ...] = (f" “{ballot.comment}”",) if ballot.comment else ()
    return (User(ballot.by.user), f" {said} ", When(ballot.at), *comment)


def _outcome(asked: Request) -> Iterator[Part]:
    if asked.state is State.SUCCEEDED:
        yield Text((f"Read back: {asked.proof}",))
    elif asked.state is State.UNKNOWN:
        yield Text((asked.outcome,))
        if asked.proof:
            yield Text((f"Last look: {asked.proof}",))
        yield (
            Text((_next_look(asked),)) if not asked.next_check else Text(("I look again ", When(asked.next_check), "."))
        )
    elif asked.outcome:
        yield Text((asked.outcome,))
    if asked.state is State.STALE and asked.after:
        yield Facts(tuple(_changes(asked)))
    if asked.ended and asked.state.final:
        yield Text(("Ended ", When(asked.ended)))


def _next_look(asked: Request) -> str:
    return (
        f"Not seen to have happened after {plural(asked.checks, 'look')}, which proves nothing: a slow server may "
        "still do it. An approver looks at Pulumi and decides; I never send it again."
    )


def _changes(asked: Request) -> Iterator[tuple[str, Line]]:
    """Each fact that moved, old and new."""
    old, new = dict(asked.before), dict(asked.after)
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name):
            yield name, (Code(old.get(name, "nothing")), " → ", Code(new.get(name, "nothing")))


def _buttons(asked: Request) -> Iterator[Button]:
    match asked.state:
        case State.PENDING:
            word = "Confirm…" if asked.ruling.approvals == 0 else "Approve…"
            yield Act(word, "approve", asked.id, Style.PRIMARY)
            yield Act("Reject…", "reject", asked.id, Style.DANGER)
            yield Act("Withdraw", "withdraw", asked.id)
            if asked.operation == "stack rm":
                yield Run("Show resources", f"stack export {asked.subject} --summary")
        case State.APPROVED:
            yield Act("Reject…", "reject", asked.id, Style.DANGER)
            yield Act("Withdraw", "withdraw", asked.id)
        case State.UNKNOWN:
            yield Act("Check again", "check", asked.id, Style.PRIMARY)
            if not asked.next_check:
                yield Act("It did not happen", "never", asked.id, Style.DANGER)
        case State.STALE | State.EXPIRED | State.FAILED | State.REJECTED | State.WITHDRAWN:
            yield Act("Ask again", "again", asked.id)


_TELLS: Final = {
    Deed.APPROVED: (Tone.GOOD, "Approved"),
    Deed.REJECTED: (Tone.BAD, "Rejected"),
    Deed.WITHDRAWN: (Tone.PLAIN, "Withdrawn"),
    Deed.EXPIRED: (Tone.PLAIN, "Expired"),
    Deed.STALE: (Tone.WARN, "Void: things changed since it was asked"),
    Deed.SUCCEEDED: (Tone.GOOD, "Done, and read back"),
    Deed.FAILED: (Tone.BAD, "Failed"),
    Deed.UNKNOWN: (Tone.WARN, "Outcome unknown"),
    Deed.RELEASED: (Tone.PLAIN, "Not carried out yet"),
}


def _notes(step: Step) -> Iterator[Card]:
    """The lines in the thread: each decision and the end, with the requester named; a vote; a reminder."""
    asked, deed = step.request, step.deed
    if deed is Deed.VOTED and step.actor:
        left = plural(asked.ruling.approvals - len(asked.approved_by), "approval")
        yield Card(f"{left} to go", Tone.PLAIN, (Text(vote_line(asked.votes[-1])),))
    elif deed is Deed.REMINDED:
        parts = (Text(("Still waiting for ", *needs(asked), ". It expires ", When(asked.expires), ".")),)
        yield Card("Still waiting for a decision", Tone.PLAIN, parts)
    elif deed in _TELLS:
        tone, words = _TELLS[deed]
        who: Line = (" by ", User(step.actor.user)) if step.actor and not step.actor.same(asked.requester) else ()
        text = (User(asked.requester.user), f": {asked.title}", *who, *((f". {step.text}",) if step.text else ()))
        yield Card(words, tone, (Text(text),))
