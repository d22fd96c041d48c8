"""Who a Slack user is at Pulumi, and which token a call of theirs uses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import SecretStr

from bot.approvals import Actor
from bot.card import Act, Bold, Line, Style
from bot.errors import PulumiError, Refusal, Unauthorized
from bot.model import PulumiUser
from bot.ports import Clock, PulumiApi, SlackPerson
from bot.records import Linked, Links, LinkUnreadable

ActAs = Literal["service", "requester"]
Connect = Callable[[SecretStr], AbstractAsyncContextManager[PulumiApi]]
Orgs = Callable[[], Awaitable[Sequence[str]]]

_LONGEST: Final = 500  # characters of a token; Pulumi's have fewer than 60
_RETIRED: Final = timedelta(minutes=1)  # a call that was under way at unlink has ended by then

LINKED: Final = "whoami"  # the command that goes on after linking when none was interrupted
_VALUE: Final = 2_000  # characters of a button's value

NO_KEYS: Final = "This bot can't keep tokens: it has no key to encrypt them with."
_ADD_KEYS: Final = (
    "Whoever runs me makes one with: python -m bot keys - and adds the line it prints, ENCRYPTION_KEYS=…, to the "
    "settings."
)


@dataclass
class NeedsLink(Refusal):
    """It needs the person's own Pulumi account. `line` is the command that goes on once it is linked."""

    line: str = ""


def offer(line: str = LINKED) -> Act:
    """The button that begins linking; the command line that goes on afterwards, unless a button can't carry it."""
    return Act("Link my Pulumi account", "link", line if 0 < len(line) <= _VALUE else LINKED, Style.PRIMARY)


@dataclass(frozen=True, slots=True)
class _Client:
    """A person's connection, with the token that it was made for."""

    token: SecretStr
    api: PulumiApi
    closing: AsyncExitStack


class Accounts:
    """Links, and the clients that act for people.

    `links` is None where there is no key to encrypt tokens with: then nobody can link. `connect` opens a client for a
    token. With `by_email` somebody who is not linked has the login of the one member with exactly their address.
    """

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        links: Links | None,
        service: PulumiApi,
        connect: Connect,
        *,
        clock: Clock,
        act_as: ActAs = "service",
        by_email: bool = False,
        orgs: Orgs | None = None,
    ) -> None:
        self._links = links
        self._service = service
        self._connect = connect
        self._clock = clock
        self._act_as = act_as
        self._orgs = orgs if by_email else None
        self._opening = asyncio.Lock()
        self._clients: dict[str, _Client] = {}
        self._retired: list[tuple[datetime, _Client]] = []

    async def linked(self, user: str) -> Linked | None:
        """The account that a Slack user linked. Raises StoreDown."""
        return await self._links.get(user) if self._links else None

    async def actor(self, person: SlackPerson) -> Actor:
        """Somebody by everything that tells people apart. Raises StoreDown; what else is not known is empty."""
        linked = await self.linked(person.id)
        login = linked.login if linked else await self._member(person.email)
        return Actor(user=person.id, login=login.lower(), email=person.email.lower())

    async def shared_with(self, user: str, login: str) -> list[Linked]:
        """The other Slack users who linked the same Pulumi account."""
        links = await self._links.by_login(login) if self._links else []
        return [each for each in links if each.user != user]

    def acting(self, service: str) -> Line:
        """As whom Pulumi sees a call of a person's, where the service's token is `service`."""
        if self._act_as == "requester":
            return ("you, with the token that you linked",)
        return (Bold(service), ", with my own token; you, for your own tokens")

    async def api(self, user: str, *, own: bool) -> PulumiApi:
        """What a call of this person uses. `own`: it is about their own account. Raises NeedsLink, StoreDown."""
        if not own and self._act_as == "service":
            return self._service
        token = await self._token(user, own=own)
        async with self._opening:
            await self._close_retired()
            known = self._clients.get(user)
            if known and known.token == token:
                return known.api
            self._retire(user)
            return await self._opened(user, token)

    async def preview(self, token: SecretStr) -> PulumiUser:
        """Who the token acts as. Raises Refusal for one that can't be linked, PulumiError when Pulumi can't say."""
        self.must_be_on()
        typed = token.get_secret_value()
        if not typed.isascii() or not typed.isprintable() or " " in typed or not 1 <= len(typed) <= _LONGEST:
            raise Refusal("That is no access token: one word, such as pul-1234….")
        async with self._asked(token) as api:
            if api.identity == self._service.identity:
                raise Refusal("That is the token I work with myself. Make one of your own.")
            account = await api.fresh.user()
        if account.machine or not account.login:
            raise Refusal("That token belongs to no person. Make a personal access token.")
        return account

    async def link(self, user: str, token: SecretStr, account: PulumiUser) -> Linked:
        """Store the token of the `account` that `preview` found, for ever or until `unlink`. Raises StoreDown."""
        links = self.must_be_on()
        linked = Linked(user=user, login=account.login, name=account.name, at=self._clock())
        await links.put(linked, token)
        return linked

    async def unlink(self, user: str) -> bool:
        """Forget the link; False when there was none. Raises StoreDown."""
        dropped = await self.must_be_on().drop(user)
        self._retire(user)
        return dropped

    async def renew(self) -> int:
        """At the start: encrypt with the newest key what an older one did; how many links that were."""
        return await self._links.renew() if self._links else 0

    def must_be_on(self) -> Links:
        """Raises Refusal with what to do where nobody can link."""
        if self._links is None:
            raise Refusal(NO_KEYS, hint=_ADD_KEYS)
        return self._links

    async def aclose(self) -> None:
        """Close every client."""
        for user in list(self._clients):
            self._retire(user)
        while self._retired:
            await self._retired.pop()[1].closing.aclose()

    async def _token(self, user: str, *, own: bool) -> SecretStr:
        links = self.must_be_on()
        try:
            token = await links.token(user)
        except LinkUnreadable:
            raise NeedsLink("I can't read your linked account any more: its key is gone. Link it again.") from None
        if token is None:
            why = "It is about your own Pulumi account." if own else "I act at Pulumi as whoever asks me."
            raise NeedsLink("I need your own Pulumi account for that.", hint=why)
        return token

    async def _opened(self, user: str, token: SecretStr) -> PulumiApi:
        closing = AsyncExitStack()
        api = await closing.enter_async_context(self._connect(token))
        self._clients[user] = _Client(token, api, closing)
        return api

    def _retire(self, user: str) -> None:
        if known := self._clients.pop(user, None):
            self._retired.append((self._clock(), known))

    async def _close_retired(self) -> None:
        now = self._clock()
        while self._retired and self._retired[0][0] + _RETIRED <= now:
            await self._retired.pop(0)[1].closing.aclose()

    @asynccontextmanager
    async def _asked(self, token: SecretStr) -> AsyncIterator[PulumiApi]:
        try:
            async with self._connect(token) as api:
                yield api
        except (Unauthorized, ValueError):
            hint = "It may be mistyped, revoked or expired."
            raise Refusal("Pulumi doesn't know that token.", hint=hint) from None

    async def _member(self, email: str) -> str:
        """The login of the one member with this address, "" for none or several: an identity, never a right."""
        if self._orgs is None or not email:
            return ""
        try:
            logins = {
                member.login
                for org in await self._orgs()
                async for member in self._service.members(org)
                if _same_address(member.email, email) and member.known and not member.suspended
            }
        except PulumiError:
            return ""
        return logins.pop() if len(logins) == 1 else ""


def _same_address(left: str, right: str) -> bool:
    """Exactly the same, but for the case of ASCII letters."""
    return left == right or (left.isascii() and right.isascii() and left.lower() == right.lower())
