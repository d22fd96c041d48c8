"""Modals that people submit or close. The answer to a submission is its ack, so it is there within 3 seconds."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.card import Card, Text
from bot.console import Console
from bot.slack.modals import Form, to_view
from handlers.errors import worded
from handlers.payloads import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What becomes of a submitted modal: closed, unless there is more to say.

    `errors` are words under fields (by name), and everything typed stays. `form` takes its place; with `push` it lies
    on top, and what was typed is there again when that is closed. `clear` closes the whole stack.
    """

    errors: Mapping[str, str] = field(default_factory=dict)
    form: Form | None = None
    push: bool = False
    clear: bool = False

    @property
    def ack(self) -> dict[str, Any]:
        """As Slack takes it: https://docs.slack.dev/surfaces/modals/#updating_views."""
        if self.errors:
            return {"response_action": "errors", "errors": dict(self.errors)}
        if self.form:
            return {"response_action": "push" if self.push else "update", "view": to_view(self.form)}
        return {"response_action": "clear"} if self.clear else {}


Submitted = Callable[[Submission], Awaitable[Reaction]]
Closed = Callable[[Submission], Awaitable[None]]


class Views:
    """The listener of every modal: `callback_id` up to its first colon says whose it is."""

    def __init__(
        self, console: Console | None, submitted: Mapping[str, Submitted], closed: Mapping[str, Closed] | None = None
    ) -> None:
        self._console = console
        self._submitted = submitted
        self._closed = closed or {}

    async def received(self, args: AsyncArgs) -> None:
        """Answer a submission. What goes wrong is said on top of the modal: nothing that was typed is lost."""
        try:
            submission = Submission.model_validate(args.body)
            reaction = await self._submitted[submission.callback](submission)
        except Exception as error:  # noqa: BLE001  # the boundary: every error becomes words, unknown ones an id
            reaction = Reaction(form=problem(worded(error, self._console)), push=True)
        await args.ack(**reaction.ack)

    async def gone(self, args: AsyncArgs) -> None:
        """Somebody closed a modal without submitting it."""
        await args.ack()
        submission = Submission.model_validate(args.body)
        if heard := self._closed.get(submission.callback):
            await heard(submission)


def problem(card: Card) -> Form:
    """A card as a modal: Slack allows its title 24 characters, so the card's is the first line."""
    return Form(title="That didn't work", parts=(Text((f"{card.tone} {card.title}".strip(),)), *card.parts))
