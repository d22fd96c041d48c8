"""Who is named with a failure: whoever caused it, and those whom the stack's tags call. Names where nobody is found."""

from collections.abc import Mapping
from typing import Final

import structlog

from bot.card import Group, User
from bot.errors import BotError, ChatError
from bot.model import UpdateInfo
from bot.ports import Directory, SlackPerson, UserGroups
from bot.records import StoreDown
from bot.routing import OWNER, Routing, is_user
from bot.services.accounts import Accounts

log = structlog.get_logger()

_NAMING: Final = ("owner", "team")  # tags that people use without meaning Slack


class Credits:
    """Looks people up. What can't be looked up is left out: a failure is told of all the same.

    `by_email`: people who linked no account are known by the address of their commit.
    """

    def __init__(self, accounts: Accounts, directory: Directory, groups: UserGroups, *, by_email: bool) -> None:
        self._accounts = accounts
        self._directory = directory
        self._groups = groups
        self._by_email = by_email

    async def author(self, update: UpdateInfo) -> User | None:
        """Whoever ran it, or wrote the commit, as one active person in Slack."""
        login = update.requested_by.login if update.requested_by else ""
        try:
            linked = await self._accounts.shared_with("", login) if login else []
            if len(linked) == 1:
                return await self._active(linked[0].user)
            email = update.environment.get("git.author.email", "")
            if self._by_email and email:
                person = await self._directory.by_email(email)
                return User(person.id) if person and _may_be_called(person) else None
        except StoreDown:
            raise
        except BotError as error:
            log.info("an author can't be looked up", cause=str(error))
        return None

    async def _active(self, user: str) -> User | None:
        person = await self._directory.person(user)
        return User(user) if _may_be_called(person) else None

    async def called(self, routing: Routing) -> tuple[User | Group, ...]:
        """Those whom the tags call, groups by their handle; who can't be found is not called."""
        found: list[User | Group] = []
        for who in dict.fromkeys((*routing.oncall, *routing.owner)):
            if is_user(who):
                found.append(User(who))
            elif group := await self._group(who):
                found.append(group)
        return tuple(found)

    async def _group(self, who: str) -> Group | None:
        try:
            group = await self._groups.find(who.lower() if who.startswith("@") else who)
        except ChatError as error:
            log.info("a group can't be looked up", group=who, cause=error.code)
            return None
        return Group(group.id, group.handle) if group else None

    def owners(self, tags: Mapping[str, str], routing: Routing) -> tuple[str, ...]:
        """What else the tags say of whose the stack is."""
        said = [tags[OWNER]] if OWNER in routing.unread and OWNER in tags else []
        return tuple(dict.fromkeys([*said, *(tags[name] for name in _NAMING if tags.get(name))]))


def _may_be_called(person: SlackPerson) -> bool:
    return not (person.deleted or person.bot)
