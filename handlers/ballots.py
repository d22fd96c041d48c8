"""The modals and small cards around deciding a request, and around the one press that makes a secret."""

from typing import Final

from pydantic import SecretStr

from bot.approvals import Request, Verdict
from bot.card import Act, Card, Facts, Output, Run, Style, Text, Tone
from bot.operations import Receipt
from bot.services.cards import as_of
from bot.services.resolve import Where
from bot.slack.modals import Field, Form

LOADING: Final = Form(title="One moment", parts=(Text(("Looking it up …",)),))
COMMENT, TYPED = "comment", "typed"
_LONGEST: Final = 500
_TOO_SLOW: Final = Card(
    "Slack's three seconds for opening a form were over", Tone.WARN, (Text(("Press again, it is a new try.",)),)
)


def too_slow(label: str, verb: str, request_id: str) -> Card:
    """A trigger was over: a button that brings a fresh one."""
    return _TOO_SLOW.having(Act(label, verb, request_id, Style.PRIMARY))


def unseen(made: Receipt) -> Card:
    """The modal was closed before the value could be shown in it, and it is shown nowhere else."""
    text = "Its window was closed before the value could be shown, and I keep none. Revoke it, and ask for another."
    line = f"token rm {made.reference}"
    return Card("Created, and never shown", Tone.WARN, (Text((text,)),), (Run("Revoke it", line),))


def ballot(request: Request, where: Where, verdict: Verdict) -> Form:
    """What is decided, in one sentence, on which facts; a comment, and the name where policy asks for it."""
    rule = request.ruling
    facts = (Facts((as_of(request),)),) if request.before else ()
    comment = Field(
        name=COMMENT,
        label="Comment",
        multiline=True,
        optional=not rule.reason,
        longest=_LONGEST,
        hint="All can read it.",
    )
    fields = [comment]
    if verdict is Verdict.APPROVE and rule.typed:
        fields.insert(0, Field(name=TYPED, label=f"Type {request.confirm} to confirm", placeholder=request.confirm))
    word = "Approve" if verdict is Verdict.APPROVE else "Reject"
    return Form(
        title=f"{word} {request.id}?",
        callback=verdict.value,
        parts=(Text((request.title,)), *request.impact, *facts),
        fields=tuple(fields),
        submit=word,
        close="Cancel",
        metadata=f"{request.id} {where.channel}",
    )


def value_form(request: Request, secret: SecretStr) -> Form:
    """The one place where the value is: Slack keeps no copy of a modal that is closed."""
    warning = "Copy it now: it is shown here once, kept nowhere, and gone when you close this."
    return Form(
        title="Your new token", parts=(Text((request.title,)), Output((secret.get_secret_value(),)), Text((warning,)))
    )
