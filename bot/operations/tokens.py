"""A person's own access tokens, asked with their own token: what there is, a new one, one less.

https://www.pulumi.com/docs/administration/access-identity/access-tokens/
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from bot.approvals import Facts
from bot.card import Bold, Card, Code, Items, Line, Note, Part, Run, Text, Tone, When
from bot.card import Facts as Rows
from bot.errors import NotFound, Refusal, Unauthorized
from bot.model import Risk
from bot.operations.base import Look, Mutation, Operation, Proof, Receipt, Scene, Seen, Study
from bot.operations.changing import instead, shown, unknown, unsent
from bot.operations.paging import Page, PageField
from bot.operations.values import AheadField, Args
from bot.operations.wording import ago, plural
from bot.operations.words import quote
from bot.organization import AccessToken, TokenFilter
from bot.ports import PulumiApi

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST = timedelta(days=731)
_JUST_NOW = timedelta(minutes=5)


class ListArgs(Args):
    """Which of them."""

    filter: Literal["active", "expired", "all"] = Field(
        "active", description="Only the valid ones, or the expired ones"
    )
    page: PageField = 1


class CreateArgs(Args):
    """What it is for, and how long it lives."""

    description: Annotated[str, Field(min_length=1, max_length=100)]
    expires: AheadField | None = Field(
        None, description="When it ends: 30d, 12w, or a date; at most two years from now"
    )


class RemoveArgs(Args):
    """Which: its id, or its description where no other has the same."""

    token: Annotated[str, Field(min_length=1, max_length=256)]


async def list_tokens(pulumi: PulumiApi, args: ListArgs) -> Page[AccessToken]:
    """One page, the most recently used first."""
    found = [each async for each in pulumi.tokens(TokenFilter(args.filter))]
    return Page.of(sorted(found, key=lambda each: (-_used(each), each.description)), args.page)


def _used(token: AccessToken) -> float:
    return token.last_used.timestamp() if token.last_used else 0.0


def show_tokens(args: ListArgs, page: Page[AccessToken], scene: Scene) -> Card:
    """One line for each token, never its value."""
    which = "" if args.filter == "all" else f"{args.filter} "
    if not page.items:
        every = (Run("All of them", "token ls --filter all"),) if which else ()
        return Card(f"You have no {which}access tokens", Tone.PLAIN, (), every)
    counted = plural(page.total or 0, f"{which}access token")
    heading = " · ".join(filter(None, (f"{counted} of yours", page.label)))
    turn = page.buttons(lambda number: LIST.line(args.model_copy(update={"page": number})))
    return Card(
        heading, Tone.PLAIN, (Items(tuple(_line(each, scene) for each in page.items)), Note("Only you see this")), turn
    )


def _line(token: AccessToken, scene: Scene) -> Line:
    used = f"used {ago(token.last_used, scene.now)}" if token.last_used else "never used"
    return (
        Bold(token.description or "(no description)"),
        f"  {used}  ·  ",
        *_end(token, scene),
        "  ·  ",
        Code(token.id),
    )


def _end(token: AccessToken, scene: Scene) -> Line:
    if token.expires is None:
        return ("never expires",)
    return ("expired " if token.expires <= scene.now else "expires ", When(token.expires))


async def study_create(pulumi: PulumiApi, args: CreateArgs, look: Look) -> Study:
    """What it can do. Refuses an end that Pulumi would not take, and a description that another token has."""
    if args.expires and not timedelta(0) < args.expires.fixed - look.now <= _LONGEST:
        raise Refusal("A token ends in the future, at most two years from now.", hint="Say --expires 90d, or a date.")
    same = [each async for each in pulumi.tokens() if each.description == args.description]
    if same:
        raise Refusal(
            f"You have a token “{args.description}” already.",
            ("token ls",),
            "Give it another description, so that the two are told apart.",
        )
    end: Line = (When(args.expires.fixed),) if args.expires else ("never, until somebody revokes it",)
    user = await pulumi.user()
    orgs = ", ".join(user.organizations) or "no organization"
    rows: tuple[tuple[str, Line], ...] = (("Acts as", (Bold(user.login), f" in {orgs}")), ("Expires", end))
    return Study((), (Rows(rows), Note("Its value is shown once, to the person who asked, and kept nowhere.")))


async def no_facts(pulumi: PulumiApi, args: CreateArgs) -> Facts:  # noqa: ARG001  # a new token depends on nothing
    """Nothing that an approval could depend on."""
    return ()


async def create(pulumi: PulumiApi, args: CreateArgs) -> Receipt:
    """Make it. BadAnswer: it was made, and its value is lost."""
    made = await pulumi.create_token(args.description, expires=args.expires.fixed if args.expires else None)
    return Receipt(made.id, made.value)


async def verify_created(pulumi: PulumiApi, args: CreateArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether it is listed: by its id, or where the answer was lost by its description, which was nobody else's."""
    mine = [each async for each in pulumi.tokens()]
    if reference:
        there = any(each.id == reference for each in mine)
        return shown(seen=there, text=f"Token {reference} is {'' if there else 'not '}listed.")
    made = next((each.id for each in mine if each.description == args.description), None)
    if made is None:
        return shown(seen=False, text=f"No token “{args.description}” is listed.")
    text = f"It was created, but its value was never shown. Revoke it: token rm {made}"
    return shown(seen=True, text=text)


async def _every(pulumi: PulumiApi) -> list[AccessToken]:
    return [each async for each in pulumi.tokens(TokenFilter.ALL)]


def _meant(mine: Iterable[AccessToken], word: str) -> list[AccessToken]:
    known = tuple(mine)
    return [each for each in known if each.id == word] or [each for each in known if each.description == word]


def _facts(token: AccessToken) -> Facts:
    """By the day: a token that is in use must be revocable, too, and every look of the bot's own is a use."""
    used = f"{token.last_used:%Y-%m-%d}" if token.last_used else "never"
    return (("token", token.description), ("id", token.id), ("last used", used))


async def token_now(pulumi: PulumiApi, args: RemoveArgs) -> Facts:
    """What it is called, and when it was used last."""
    meant = _meant(await _every(pulumi), args.token)
    return _facts(meant[0]) if len(meant) == 1 else (("token", "gone" if not meant else "several"),)


async def study_remove(pulumi: PulumiApi, args: RemoveArgs, look: Look) -> Study:
    """What stops working. Refuses the only token, since that is the one in use, and a description of several."""
    mine = await _every(pulumi)
    meant = _meant(mine, args.token)
    if not meant:
        text = f'You have no token "{args.token}".'
        known = [each.description for each in mine if each.description]
        raise unknown(text, args.token, known, instead(REMOVE, args, "token"), "token ls")
    if len(meant) > 1:
        lines = tuple(f"token rm {each.id}" for each in meant)
        raise Refusal(f"{len(meant)} of your tokens are called “{args.token}”.", lines, "Name one by its id.")
    if [each.id for each in mine if not _over(each, look)] == [meant[0].id]:
        raise Refusal(
            "That is your only token, so it is the one I ask Pulumi with for you.", ("unlink",), "Unlink it here first."
        )
    return Study(_facts(meant[0]), _impact(meant[0], look))


def _over(token: AccessToken, look: Look) -> bool:
    return token.expires is not None and token.expires <= look.now


def _impact(token: AccessToken, look: Look) -> tuple[Part, ...]:
    used: Line = (When(token.last_used), f" ({ago(token.last_used, look.now)})") if token.last_used else ("never",)
    rows: list[tuple[str, Line]] = [("Last used", used), ("Validity", _end(token, look)), ("Id", (Code(token.id),))]
    words = (
        "It was used just now: whatever uses it stops working. If it is the one you linked here, link another first."
    )
    fresh = token.last_used is not None and look.now - token.last_used < _JUST_NOW
    return (*((Text((Bold("⚠️ "), words)),) if fresh else ()), Rows(tuple(rows)))


async def remove(pulumi: PulumiApi, args: RemoveArgs) -> Receipt:
    """Revoke it, at once."""
    ident = args.token if _ID.fullmatch(args.token) else await unsent(_only(pulumi, args.token))
    await pulumi.delete_token(ident)
    return Receipt(ident)


async def _only(pulumi: PulumiApi, word: str) -> str:
    meant = _meant(await _every(pulumi), word)
    if len(meant) != 1:
        raise NotFound("delete token", f"Token '{word}' not found")
    return meant[0].id


async def verify_removed(pulumi: PulumiApi, args: RemoveArgs, before: Facts, reference: str) -> Proof:
    """Whether it is still listed. Where the token in use was revoked, nobody can look any more."""
    try:
        mine = await _every(pulumi)
    except Unauthorized:
        return Proof(Seen.UNVERIFIABLE, "Pulumi refuses the token that I ask with for you: it was probably this one.")
    meant = _meant(mine, reference or dict(before).get("id") or args.token)
    return shown(seen=not meant, text=f"“{args.token}” is {'still' if meant else 'no longer'} among your tokens.")


def _ends(args: CreateArgs) -> str:
    return f"until {args.expires.fixed:%Y-%m-%d}" if args.expires and args.expires.at else "that never expires"


LIST = Operation(
    name="token ls",
    aliases=("token list", "tokens"),
    summary="Your own access tokens, never their values",
    group="Tokens",
    example="--filter all",
    args=ListArgs,
    execute=list_tokens,
    render=show_tokens,
    own=True,
)
CREATE = Mutation(
    name="token create",
    summary="Create an access token of yours; its value is shown to you once",
    group="Tokens",
    example="ci-runner --expires 90d",
    args=CreateArgs,
    title=lambda args: f"Create access token {quote(args.description)} {_ends(args)}",
    subject=lambda args: f"token {args.description}",
    org=lambda _: "",
    stack=lambda _: None,
    confirm=lambda args: args.description,
    risk=lambda _: Risk.HIGH,
    study=study_create,
    facts=no_facts,
    execute=create,
    verify=verify_created,
    own=True,
    private=True,
)
REMOVE = Mutation(
    name="token rm",
    aliases=("token remove", "token delete"),
    summary="Revoke an access token of yours, by its id or its description",
    group="Tokens",
    example="ci-runner",
    args=RemoveArgs,
    title=lambda args: f"Revoke access token {quote(args.token)}",
    subject=lambda args: f"token {args.token}",
    org=lambda _: "",
    stack=lambda _: None,
    confirm=lambda args: args.token,
    risk=lambda _: Risk.LOW,
    study=study_remove,
    facts=token_now,
    execute=remove,
    verify=verify_removed,
    own=True,
)
