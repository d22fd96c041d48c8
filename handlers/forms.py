"""The modals: what they show, and what comes back with them. `metadata` holds ids and command lines, never a secret."""

from collections.abc import Sequence
from typing import Final, Self

from pydantic import BaseModel

from bot.card import Bold, Code, Facts, Line, Link, Note, Part, Text, User
from bot.console import Console
from bot.model import PulumiUser
from bot.records import Linked
from bot.services.accounts import LINKED
from bot.slack.modals import Field, Form
from handlers.payloads import Submission

TYPED, AGAIN, CONFIRM, TOKEN = "link", "link-again", "link-confirm", "token"  # ids, no token
_MOST: Final = 2_900  # characters of a modal's metadata


class Kept(BaseModel):
    """What goes on after linking: a command line, where it was said, and the way back to it."""

    line: str = LINKED
    channel: str = ""
    url: str = ""
    id: str = ""

    def json_text(self) -> str:
        """As a modal carries it; a line that is too long for it is forgotten."""
        text = self.model_dump_json()
        return text if len(text) <= _MOST else self.model_copy(update={"line": LINKED}).model_dump_json()

    @classmethod
    def of(cls, submission: Submission) -> Self:
        """What the submitted modal carried."""
        return cls.model_validate_json(submission.metadata)


def token_form(kept: Kept, console: Console, problem: str = "") -> Form:
    """The first step: a token of one's own."""
    where = console.tokens()
    at: Line = (Link("the console's page of access tokens", where),) if where else ("Pulumi's console",)
    parts = (
        *((Text((Bold(problem),)),) if problem else ()),
        Text(("Make a personal access token on ", *at, " and paste it here. You can revoke it there at any time.")),
        Note("I keep it encrypted, use it only for what you ask me, and show it to nobody. unlink forgets it."),
    )
    field = Field(name=TOKEN, label="Access token", placeholder="pul-…", longest=500)
    return Form(
        title="Link Pulumi account",
        callback=TYPED,
        parts=parts,
        fields=(field,),
        submit="Continue",
        close="Cancel",
        metadata=kept.json_text(),
    )


def looking_form() -> Form:
    """While Pulumi is asked."""
    return Form(title="Link Pulumi account", parts=(Text(("Asking Pulumi whose token that is …",)),))


def again_form(kept: Kept, problem: str) -> Form:
    """Pulumi could not be asked: the token that was typed is still here."""
    parts = (Text((Bold(problem),)), Text(("Your token is not lost: try again in a moment.",)))
    return Form(
        title="Link Pulumi account",
        callback=AGAIN,
        parts=parts,
        submit="Try again",
        close="Cancel",
        metadata=kept.json_text(),
        tells=True,
    )


def confirm_form(kept: Kept, user: str, account: PulumiUser, before: Linked | None, twins: Sequence[Linked]) -> Form:
    """The second step: both identities, side by side."""
    named = f" ({account.name})" if account.name and account.name != account.login else ""
    facts: list[tuple[str, Line]] = [
        ("Slack", (User(user),)),
        ("Pulumi", (Bold(account.login), named)),
        ("Organizations", (", ".join(account.organizations) or "none",)),
    ]
    if before and before.login != account.login:
        facts.append(("In place of", (before.login,)))
    parts: list[Part] = [
        Text(("You, ", User(user), " here, are ", Bold(account.login), " at Pulumi: is this you?")),
        Facts(tuple(facts)),
    ]
    if twins:
        others = [piece for each in twins for piece in (User(each.user), ", ")][:-1]
        alone = "links" if len(twins) == 1 else "link"
        parts.append(Text((*others, f" {alone} the same account. For approvals you count as one person.")))
    return Form(
        title="Is this you?",
        callback=CONFIRM,
        parts=tuple(parts),
        submit="Yes, link it",
        close="No",
        metadata=kept.json_text(),
        tells=True,
    )


def linked_form(linked: Linked, kept: Kept) -> Form:
    """The end."""
    goes_on: Line = () if kept.line == LINKED else (" I go on with ", Code(kept.line), ".")
    text = Text((User(linked.user), " is ", Bold(linked.login), " at Pulumi now.", *goes_on))
    return Form(title="Linked", parts=(text, Note("whoami shows it, unlink forgets it.")))


def over_form(kept: Kept) -> Form:
    """What was typed is not here any more."""
    text = "That took longer than ten minutes, or I was restarted meanwhile: I no longer have your token."
    again: Line = ("Start again with ", Code("link"), ".") if kept.line == LINKED else ("Ask again: ", Code(kept.line))
    return Form(title="Start again", parts=(Text((text,)), Text(again)))
