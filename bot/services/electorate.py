"""Who counts: full members of this workspace, and those whom policy names. Being in a channel makes nobody an approver.

Fails closed: when Slack, Pulumi or the store does not say who somebody is, that error comes through, and nothing is
decided.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from bot.approvals import Actor, Request, Ruling, Vote
from bot.card import Group, Inline, Line, User
from bot.errors import ChatError, Refusal
from bot.policy import PULUMI_ADMINS
from bot.ports import Directory, PulumiApi, SlackPerson, UserGroup, UserGroups
from bot.services.accounts import Accounts

_AT_ONCE = 8  # questions to Slack at a time
_GONE = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may decide: ids of active full members, how a card names them, and the names that exist nowhere."""

    users: frozenset[str]
    names: Line
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    """What one name of a policy stands for now: the candidates, how a card and how a sentence calls them."""

    users: frozenset[str]
    inline: Inline
    words: str
    known: bool = True


class Electorate:
    """Answers from a directory at most 60 s old, or with `live` from one that is asked now. `team` is the workspace."""

    def __init__(
        self, directory: Directory, groups: UserGroups, accounts: Accounts, pulumi: PulumiApi, team: str
    ) -> None:
        self._directory = directory
        self._groups = groups
        self._accounts = accounts
        self._pulumi = pulumi
        self._team = team

    async def actor(self, user: str, *, live: bool = False) -> Actor:
        """Somebody with everything that tells people apart. Raises Refusal for all but full members."""
        person = await self._person(user, live=live)
        if person is None or self._fault(person):
            raise Refusal(f"I serve full members of this workspace only; this account {self._fault(person)}.")
        return await self._accounts.actor(person)

    async def approvers(self, ruling: Ruling, org: str, *, live: bool = False) -> Approvers:
        """Everybody who may decide under that ruling, about a change in `org`."""
        named = await self._all_named(ruling, org, live=live)
        candidates = sorted(frozenset[str]().union(*(each.users for each in named)))
        users = frozenset([actor.user async for actor in self._full(candidates, live=live)])
        missing = tuple(each.words for each in named if not each.known)
        return Approvers(users, _joined([each.inline for each in named if each.known]), missing)

    async def names(self, ruling: Ruling, org: str) -> Line:
        """How a card names those who may decide, without a look at each of them."""
        named = await self._all_named(ruling, org, live=False)
        return _joined([each.inline for each in named if each.known])

    async def may(self, actor: Actor, ruling: Ruling, org: str, *, live: bool = False) -> None:
        """Raises Refusal that names those who can, unless this is a full member whom policy names."""
        await self.actor(actor.user, live=live)
        named = await self._all_named(ruling, org, live=live)
        if not any(actor.user in each.users for each in named):
            who = ", ".join(each.words for each in named if each.known)
            raise Refusal(f"You can't decide this one; these can: {who or 'nobody at the moment'}.", hint=ruling.rule)

    async def counts(self, user: str, names: tuple[str, ...], org: str) -> bool:
        """Whether one of these names stands for somebody."""
        return any([user in (await self._named(name, org, live=False)).users for name in names])

    async def enough(self, ruling: Ruling, requester: Actor, org: str, *, called: str = "you") -> None:
        """Raises Refusal when policy asks for more people than there are besides the requester, who is `called` so."""
        if ruling.approvals == 0:
            return
        named = await self._all_named(ruling, org, live=False)
        candidates = sorted(frozenset[str]().union(*(each.users for each in named)))
        counted: list[Actor] = []
        async for actor in self._full(candidates, live=False):
            if not any(actor.same(other) for other in (requester, *counted)):
                counted.append(actor)
            if len(counted) >= ruling.approvals:
                return
        raise Refusal(_too_few(ruling, named, len(counted), called), hint=f"Policy: {ruling.rule}.")

    async def lapsed(self, request: Request) -> tuple[str, ...]:
        """Why the approval no longer counts, asked live; empty when it does."""
        requester = await self._person(request.requester.user, live=True)
        if requester is None or self._fault(requester):
            return (f"{_called(requester, request.requester.user)}, who asked, {self._fault(requester)}.",)
        if request.ruling.approvals == 0:
            return ()
        named = await self._all_named(request.ruling, request.org, live=True)
        allowed = frozenset[str]().union(*(each.users for each in named))
        others = [request.requester, await self._accounts.actor(requester)]
        found: list[str] = []
        for ballot in request.approved_by:
            person = await self._person(ballot.by.user, live=True)
            if why := await self._void(ballot, person, allowed, others):
                found.append(f"The approval by {_called(person, ballot.by.user)} no longer counts: {why}.")
        return tuple(found)

    async def _void(
        self, ballot: Vote, person: SlackPerson | None, allowed: frozenset[str], others: list[Actor]
    ) -> str:
        """Why a vote no longer counts. `others` are the people of the request so far; this one is added."""
        if person is None or self._fault(person):
            return f"the account {self._fault(person)}"
        if ballot.by.user not in allowed:
            return "policy no longer names them as an approver"
        actor = await self._accounts.actor(person)
        if any(each.same(other) for each in (actor, ballot.by) for other in others):
            return "it is the same person as another one of this request"
        others += [actor, ballot.by]
        return ""

    async def _full(self, users: Iterable[str], *, live: bool) -> AsyncIterator[Actor]:
        """The active full members among them."""
        waiting = list(users)
        while waiting:
            some, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            people = await asyncio.gather(*(self._person(user, live=live) for user in some))
            for person in people:
                if person and not self._fault(person):
                    yield await self._accounts.actor(person)

    async def _person(self, user: str, *, live: bool) -> SlackPerson | None:
        """None for somebody whom Slack does not know (any more)."""
        try:
            return await self._directory.person(user, live=live)
        except ChatError as error:
            if error.code in _GONE:
                return None
            raise

    def _fault(self, person: SlackPerson | None) -> str:
        """Why somebody is no full member, as the end of a sentence about an account."""
        if person is None:
            return "is not known to Slack"
        faults = (
            (person.deleted, "is deactivated"),
            (person.bot or person.id == "USLACKBOT", "is a bot"),
            (person.team != self._team, "belongs to another workspace"),
            (person.guest, "is a guest"),
        )
        return next((words for is_so, words in faults if is_so), "")

    async def _all_named(self, ruling: Ruling, org: str, *, live: bool) -> list[_Named]:
        return await asyncio.gather(*(self._named(name, org, live=live) for name in ruling.approvers))

    async def _named(self, name: str, org: str, *, live: bool) -> _Named:
        if name == PULUMI_ADMINS:
            words = f"the Pulumi admins of {org} who linked their accounts" if org else PULUMI_ADMINS
            return _Named(await self._admins(org, live=live), words, words, known=bool(org))
        if name.startswith(("@", "S")):
            group = await self._groups.find(name, live=live)
            return await self._grouped(group, live=live) if group else _unknown(name)
        person = await self._person(name, live=live)
        return _Named(frozenset({name}), User(name), person.name) if person else _unknown(name)

    async def _grouped(self, group: UserGroup, *, live: bool) -> _Named:
        members = await self._groups.members(group, live=live)
        return _Named(members, Group(group.id, group.handle), f"@{group.handle}")

    async def _admins(self, org: str, *, live: bool) -> frozenset[str]:
        """The Slack users who linked the account of an administrator; an e-mail address gives nobody a right."""
        if not org:
            return frozenset()
        pulumi = self._pulumi.fresh if live else self._pulumi
        admins = [each.login async for each in pulumi.members(org) if each.admin and each.known and not each.suspended]
        links = [await self._accounts.shared_with("", login) for login in admins]
        return frozenset(linked.user for some in links for linked in some)


def _unknown(name: str) -> _Named:
    return _Named(frozenset(), name, name, known=False)


def _joined(inlines: list[Inline]) -> Line:
    """Them with commas between."""
    return tuple(part for each in inlines for part in (", ", each))[1:]


def _called(person: SlackPerson | None, user: str) -> str:
    return person.name if person else user


def _too_few(ruling: Ruling, named: list[_Named], found: int, called: str) -> str:
    who = ", ".join(each.words for each in named if each.known) or "nobody"
    gone = [each.words for each in named if not each.known]
    lost = f" ({', '.join(gone)} can't be found in Slack.)" if gone else ""
    eligible = f"only {found} {'is' if found == 1 else 'are'} eligible" if found else "nobody is eligible"
    return f"It needs {ruling.approvals} of {who}, and {eligible} besides {called}.{lost}"
