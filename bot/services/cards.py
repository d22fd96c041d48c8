"""What Slack should show of a request: its card, and the notes in its thread. Pure, from one step alone."""

from collections.abc import Iterator
from typing import Final

from bot.approvals import Actor, Deed, Request, State, Step, Verdict, Vote
from bot.card import Act, Bold, Button, Card, Code, Facts, Line, Note, Open, Part, Run, Style, Text, Tone, User, When
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
        key = f"{root(asked.id)}/receipt/{asked.version}"
        yield Wanted(key=key, subject=asked.id, channel=actor.user, card=receipt_card(asked))


def receipt_card(asked: Request) -> Card:
    """What somebody gets who approved a change of the highest class."""
    text = Text(
        ("Asked for by ", User(asked.requester.user), ". If it wasn't you, press the button: the request is void then.")
    )
    button = Act("Not me", "notme", asked.id, Style.DANGER)
    return Card(f"You approved: {asked.title}", Tone.PLAIN, (text, Note(f"{asked.id}  ·  {asked.line}")), (button,))


def disowned_card(asked: Request) -> Card:
    """What the receipt becomes when the vote was somebody else's."""
    words = "You said that the approval in your name was not yours: nothing is done. Tell your Slack admins."
    return Card(f"Void: {asked.title}", Tone.WARN, (Text((words,)), Note(asked.id)))


def _create_card(asked: Request) -> Card:
    if asked.state is State.APPROVED:
        text = "It is made when you press the button, and its value is shown to you once, there and nowhere else."
        button = Act("Create and show", "create", asked.id, Style.PRIMARY)
        return Card(f"Approved: {asked.title}", Tone.GOOD, (Text((text,)), *_until(asked)), (button,))
    return Card(title(asked), _SHOWN[asked.state][1], (*_outcome(asked), Note(asked.id)), ())


def _until(asked: Request) -> Iterator[Part]:
    if asked.execute_by:
        yield Text(("The approval is good until ", When(asked.execute_by), "."))


def title(asked: Request) -> str:
    """The request in one line: its state first."""
    return f"{_SHOWN[asked.state][0]}: {asked.title}"


def request_card(asked: Request) -> Card:
    """The request as everybody sees it, in whatever state."""
    parts = (*_asking(asked), *_outcome(asked), *_impact(asked), *_facts(asked), Note(f"{asked.id}  ·  {asked.line}"))
    return Card(title(asked), _SHOWN[asked.state][1], parts, tuple(_buttons(asked)))


def moved_card(asked: Request, url: str) -> Card:
    """What a copy of the card becomes that nobody keeps up to date: the way to the one that is."""
    there = Open("Go to the request", url)
    return Card(title(asked), _SHOWN[asked.state][1], (Text(("This is an old copy of it.",)), Note(asked.id)), (there,))


def quoted(text: str) -> str:
    """What somebody wrote, on one line between quotes that it cannot close: no line of a card can be forged with it."""
    line = " ".join(text.split()).replace("”", '"')
    return f"“{line}”"


def _asking(asked: Request) -> Iterator[Part]:
    yield Text(("Asked for by ", User(asked.requester.user)))
    if asked.reason:
        yield Text((quoted(asked.reason),))


def _impact(asked: Request) -> Iterator[Part]:
    """What was found when it was asked for. After the end that is the past."""
    if asked.impact and asked.state.final:
        yield Text((Bold("What was asked for"),))
    yield from asked.impact


def _facts(asked: Request) -> Iterator[Part]:
    rows: list[tuple[str, Line]] = []
    if asked.before and not asked.state.final:
        rows.append(as_of(asked))
    if asked.state is State.PENDING:
        rows.append(("Decides", so_far(asked)))
        rows.append(("Expires", (When(asked.expires),)))
    rows.append(("Policy", (asked.ruling.rule,)))
    rows += [("Vote", vote_line(each)) for each in asked.votes]
    yield Facts(tuple(rows))


def as_of(asked: Request) -> tuple[str, Line]:
    """The facts that the approval is given on, as one labelled row."""
    return "As of now", (" · ".join(f"{name} {value}" for name, value in asked.before),)


def needs(asked: Request) -> Line:
    """`2 of @sre, not the requester`."""
    if asked.ruling.approvals == 0:
        return ("the requester, by confirming it",)
    return (f"{asked.ruling.approvals} of ", *asked.approvers, ", not the requester")


def so_far(asked: Request) -> Line:
    """The same, and how many there are."""
    return (*needs(asked), *((f" ({len(asked.approved_by)} so far)",) if asked.ruling.approvals else ()))


def vote_line(ballot: Vote) -> Line:
    """Who, what, when, in which words: fed by the record of the vote and nothing else."""
    said = "approved" if ballot.verdict is Verdict.APPROVE else "rejected"
    comment: Line = (f" {quoted(ballot.comment)}",) if ballot.comment else ()
    return (User(ballot.by.user), f" {said} ", When(ballot.at), *comment)


def _outcome(asked: Request) -> Iterator[Part]:
    match asked.state:
        case State.APPROVED:
            yield from _awaited(asked)
        case State.EXECUTING:
            yield Text(("Pulumi is being asked to do it.",))
        case State.SUCCEEDED:
            yield Text((f"Read back: {asked.proof}",))
        case State.UNKNOWN:
            yield from _unknown(asked)
        case State.WITHDRAWN if asked.outcome:
            yield Text((quoted(asked.outcome),))
        case _ if asked.outcome and asked.state is not State.REJECTED:  # whose words are beside the vote
            yield Text((asked.outcome,))
    if asked.state is State.STALE and asked.after:
        yield Facts(tuple(_changes(asked)))
    if asked.ended and asked.state.final:
        yield Text(("Ended ", When(asked.ended)))


def _awaited(asked: Request) -> Iterator[Part]:
    """What an approved request waits for."""
    if asked.waits:
        yield Text((User(asked.requester.user), " creates it with the button in their direct messages with me."))
        yield from _until(asked)
    elif asked.outcome:
        when: Line = (" ", When(asked.not_before)) if asked.not_before else ()
        yield Text((f"Not done yet: {asked.outcome} I try again", *when, "."))
        yield from _until(asked)
    else:
        yield Text(("It is carried out now.",))


def _unknown(asked: Request) -> Iterator[Part]:
    yield Text((asked.outcome,))
    if asked.proof:
        yield Text((f"Last look: {asked.proof}",))
    due = asked.next_check
    yield Text(("I look again ", When(due), ".")) if due else Text((_next_look(asked),))


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
                yield Run("Show resources", f"stack export {asked.subject.removeprefix('stack ')} --summary")
        case State.APPROVED if asked.waits or asked.outcome:  # otherwise it lasts for a moment
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
    Deed.STALE: (Tone.WARN, "Void"),
    Deed.SUCCEEDED: (Tone.GOOD, "Done, and read back"),
    Deed.FAILED: (Tone.BAD, "Failed"),
    Deed.UNKNOWN: (Tone.WARN, "Outcome unknown"),
    Deed.RELEASED: (Tone.PLAIN, "Not done yet"),
}
_DID: Final = {Deed.APPROVED: "approved it", Deed.REJECTED: "rejected it", Deed.WITHDRAWN: "withdrew it"}


def _notes(step: Step) -> Iterator[Card]:
    """The lines in the thread: each decision and the end, with the requester named; a vote; a reminder."""
    asked, deed = step.request, step.deed
    if deed is Deed.VOTED and step.actor:
        heading = f"Approved {len(asked.approved_by)} of {asked.ruling.approvals}: {asked.title}"
        yield Card(heading, Tone.PLAIN, (Text(vote_line(_vote_of(step, step.actor))),))
    elif deed is Deed.REMINDED:
        parts = (Text(("It needs ", *so_far(asked), ". It expires ", When(asked.expires), ".")),)
        yield Card(f"Waiting for a decision: {asked.title}", Tone.PLAIN, parts)
    elif deed in _TELLS and (step.text or step.deed is not Deed.RELEASED):
        tone, words = _TELLS[deed]
        yield Card(f"{words}: {asked.title}", tone, (Text((User(asked.requester.user), *_told(step), *_next(step))),))


def _vote_of(step: Step, actor: Actor) -> Vote:
    return next(each for each in step.request.votes if each.by.user == actor.user)


def _told(step: Step) -> Line:
    """Who did it and in which words, after the requester's name."""
    asked, actor = step.request, step.actor
    if actor is None or step.deed is None:
        return (f": {asked.outcome or asked.proof}",)
    if step.deed in _DID:
        did = f" {_DID[step.deed]}." + (f" {quoted(step.text)}" if step.text else "")
    else:
        did = f" {asked.outcome.removeprefix('An approver ')}"
    return (did,) if actor.user == asked.requester.user else (": ", User(actor.user), did)


def _next(step: Step) -> Line:
    waits = step.deed is Deed.APPROVED and step.request.waits
    return (" Create it with the button in our direct messages.",) if waits else ()
