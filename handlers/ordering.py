"""Asking for a change by a form: one field for each argument of the command, and the reason. It ends as a line does."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from aiohttp import ClientSession

from bot.card import Bold, Card, Code, Items, Note, Part, Run, Text
from bot.errors import ChatError, Refusal, UsageError
from bot.operations import Draft, Entry, Here, Kind, Mutation, Named, Pasted, Slot
from bot.operations.words import quote
from bot.services.resolve import Where
from bot.slack.modals import Field, Form, Modals
from handlers.actions import Press
from handlers.answers import Answers
from handlers.errors import worded
from handlers.payloads import Click, Submission
from handlers.views import Reaction, Submitted

ORDER: Final = "order"
_REASON: Final = "reason"
_LONGEST: Final = 500
_WAIT: Final = Form(title="One moment", parts=(Text(("Looking at what would happen …",)),))


class Ordering:
    """The button that opens the form of a change, and what becomes of the form."""

    def __init__(self, answers: Answers, modals: Modals, session: ClientSession) -> None:
        self._answers = answers
        self._modals = modals
        self._session = session

    @property
    def verbs(self) -> Mapping[str, Press]:
        """For `Clicks`: the button carries the line as far as it was typed."""
        return {"form": self._pressed}

    @property
    def submitted(self) -> Mapping[str, Submitted]:
        """For `Views`."""
        return {ORDER: self._ordered}

    async def _pressed(self, click: Click) -> None:
        await self._modals.open(click.trigger_id, self._form(click.value, click.where.channel))

    def _form(self, typed: str, channel: str, trouble: tuple[Part, ...] = ()) -> Form:
        """The fields, filled in as far as the line says; what is wrong with them is said above."""
        entry, draft = self._read(typed)
        return Form(
            title=entry.name[:24],
            callback=ORDER,
            parts=(*trouble, Text((entry.summary + ".",)), Note("Nothing happens before somebody else approves it.")),
            fields=tuple(_fields(entry, draft)),
            submit="Ask for it",
            close="Cancel",
            metadata=f"{channel} {entry.name}",
        )

    def _read(self, typed: str) -> tuple[Entry, Draft | None]:
        """The command that the line begins with, and all of it where it reads well. Raises Refusal for no change."""
        desk = self._answers.desk
        entry = desk.command_of(typed)
        if not isinstance(entry, Mutation):
            raise Refusal("That is no change that a form could ask for.", ("help",))
        try:
            return entry, desk.parse(typed)
        except UsageError:
            return entry, None

    async def _ordered(self, submission: Submission) -> Reaction:
        """Read the fields as the line that they mean; the look at Pulumi then takes its time in the modal."""
        channel, _, name = submission.metadata.partition(" ")
        desk = self._answers.desk
        entry = desk.command_of(name)
        try:
            draft = desk.parse(_line(entry, submission))
        except Refusal as refusal:
            return _complaint(entry, refusal)
        where = submission.where(channel)
        self._answers.tasks.start(self._answer(submission.view.id, draft, where), name="ask by a form")
        return Reaction(form=_WAIT)

    async def _answer(self, view: str, draft: Draft, where: Where) -> None:
        desk = self._answers.desk
        try:
            desk.admit(where)
            card = (await desk.answer(draft, where)).card
        except Exception as error:  # noqa: BLE001  # the boundary: whatever went wrong, the form comes back with words
            form = self._form(draft.typed, where.channel, _trouble(worded(error, desk.console)))
        else:
            form = _told(card)
        with suppress(ChatError):  # closed meanwhile: the request, if there is one, has its card
            await self._modals.update(view, form)


def _trouble(card: Card) -> tuple[Part, ...]:
    """A refusal above the form: its words, and the lines that it offers as buttons elsewhere."""
    offered = tuple((Code(button.command),) for button in card.buttons if isinstance(button, Run))
    heading = Text((Bold(f"{card.tone} {card.title}".strip()),))
    return (heading, *card.parts, *((Items(offered),) if offered else ()))


def _told(card: Card) -> Form:
    return Form(title="Asked", parts=(Text((f"{card.tone} {card.title}".strip(),)), *card.parts))


def _complaint(entry: Entry, refusal: Refusal) -> Reaction:
    """Under the field whose word is wrong, where the words name one; else on top. Nothing typed is lost."""
    words = f"{refusal.text} {refusal.hint}".strip()
    named = [slot.field for slot in entry.slots if slot.field.replace("_", "-") in refusal.text]
    return Reaction(errors={(named or [entry.slots[0].field])[0]: words[:_LONGEST]})


def _fields(entry: Entry, draft: Draft | None) -> Iterator[Field]:
    for slot in entry.slots:
        yield _field(slot, draft)
    reason = draft.reason if draft else ""
    yield Field(
        name=_REASON,
        label="Reason",
        hint="All can read it.",
        multiline=True,
        optional=True,
        longest=_LONGEST,
        initial=reason,
    )


def _field(slot: Slot, draft: Draft | None) -> Field:
    label = slot.field.replace("_", " ").capitalize()
    initial = _said(slot, draft) if draft else ""
    if slot.kind is Kind.FLAG:
        return Field(
            name=slot.field, label=label, placeholder=slot.about or label, flag=True, optional=True, initial=initial
        )
    needed = slot.kind is Kind.WORD
    hint = "org/project/stack, or as much of it as is unique" if slot.kind is Kind.TARGET else slot.about
    return Field(
        name=slot.field, label=label, hint=hint, optional=not needed, initial=initial, choices=slot.choices, longest=300
    )


def _said(slot: Slot, draft: Draft) -> str:
    if slot.kind is Kind.TARGET:
        match draft.target:
            case Named() as named:
                return str(named)
            case Pasted(stack=stack):
                return str(stack)
            case Here() | None:
                return ""
    value = draft.values.get(slot.field, slot.default)
    return "yes" if value is True else str(value) if value else ""


def _line(entry: Entry, submission: Submission) -> str:
    """The command line that the fields mean: places in their order, then flags."""
    words = [entry.name]
    for slot in sorted(entry.slots, key=lambda each: not each.positional):
        said = submission.text(slot.field)
        if slot.kind is Kind.FLAG:
            words += [slot.flag] if said else []
        elif said:
            words += [quote(said)] if slot.positional else [slot.flag, quote(said)]
    reason = submission.text(_REASON)
    return " ".join([*words, *(["--reason", quote(reason)] if reason else [])])
