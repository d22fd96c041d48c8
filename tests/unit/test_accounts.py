"""Who somebody is at Pulumi, and whose token a call uses: over the sandbox and a real database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.errors import NotSent, OwnUnauthorized, Refusal
from bot.model import PulumiUser
from bot.ports import PulumiApi, SlackPerson
from bot.pulumi import PulumiClient
from bot.services.accounts import Accounts, NeedsLink
from bot.store.links import SqlLinks
from bot.store.opening import Store, open_store
from sandbox.pulumi.cloud import PulumiCloud
from sandbox.pulumi.world import Person
from tests.town import NOON, Ground, ground

KEYS = [SecretStr(Fernet.generate_key().decode())]


@dataclass
class Place:
    """Accounts over the sandbox; `now` moves when a test says so."""

    accounts: Accounts
    cloud: PulumiCloud
    store: Store
    service: PulumiApi
    now: datetime = NOON

    def token(self, login: str) -> SecretStr:
        return SecretStr(self.cloud.token_of(login))

    async def links(self, user: str, login: str) -> None:
        token = self.token(login)
        await self.accounts.link(user, token, await self.accounts.preview(token))


@asynccontextmanager
async def accounts(folder: Path, keys: Sequence[SecretStr] = KEYS, **more: Any) -> AsyncIterator[Place]:
    async with (
        ground() as at,
        open_store(f"sqlite:///{folder}/bot.db") as store,
        _client(at, SecretStr(at.sandbox.pulumi.token)) as service,
    ):
        links = SqlLinks(store.database, keys, clock=lambda: NOON) if keys else None

        def now() -> datetime:
            return place.now

        async def orgs() -> Sequence[str]:
            return ("acme", "newco")

        made = Accounts(links, service, lambda token: _client(at, token), clock=now, orgs=orgs, **more)
        place = Place(made, at.sandbox.pulumi, store, service)
        yield place
        await made.aclose()


@asynccontextmanager
async def _client(at: Ground, token: SecretStr) -> AsyncIterator[PulumiApi]:
    client = PulumiClient(
        f"{at.address}/pulumi", token, clock=lambda: NOON, own=token.get_secret_value() != at.sandbox.pulumi.token
    )
    try:
        yield client
    finally:
        await client.aclose()


async def test_a_call_uses_the_services_token_unless_it_is_about_ones_own_account(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        await place.links("U1", "ann")
        assert await place.accounts.api("U1", own=False) is place.service
        own = await place.accounts.api("U1", own=True)
        assert (await own.user()).login == "ann"
        assert own.identity != place.service.identity


async def test_acting_as_the_requester_every_call_uses_their_token(tmp_path: Path) -> None:
    async with accounts(tmp_path, act_as="requester") as place:
        await place.links("U1", "ann")
        assert (await (await place.accounts.api("U1", own=False)).user()).login == "ann"
        with pytest.raises(NeedsLink, match="your own Pulumi account"):
            await place.accounts.api("U2", own=False)


async def test_whoever_is_not_linked_is_asked_to(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        with pytest.raises(NeedsLink, match="your own Pulumi account"):
            await place.accounts.api("U1", own=True)


async def test_a_client_is_kept_until_its_token_is_another_one(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        await place.links("U1", "ann")
        first = await place.accounts.api("U1", own=True)
        assert await place.accounts.api("U1", own=True) is first
        await place.links("U1", "bo")
        second = await place.accounts.api("U1", own=True)
        assert (await second.user()).login == "bo"
        assert (await first.user()).login == "ann"  # a call that was under way can end
        place.now += timedelta(minutes=2)
        await place.accounts.api("U1", own=True)
        with pytest.raises((NotSent, RuntimeError)):
            await first.user()


async def test_unlinking_forgets_the_token_at_once(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        await place.links("U1", "ann")
        await place.accounts.api("U1", own=True)
        assert await place.accounts.unlink("U1") is True
        assert await place.accounts.unlink("U1") is False
        with pytest.raises(NeedsLink):
            await place.accounts.api("U1", own=True)


async def test_a_token_that_was_revoked_is_said_to_be_the_persons_own(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        await place.links("U1", "ann")
        own = await place.accounts.api("U1", own=True)
        with suppress(OwnUnauthorized):
            for ident in [each.id async for each in own.tokens()]:
                await own.delete_token(ident)
        with pytest.raises(OwnUnauthorized):
            await own.user()


@pytest.mark.parametrize("typed", ["", "two words", "pul-\n", "pul-é", "p" * 501])
async def test_what_can_be_no_token_never_leaves(tmp_path: Path, typed: str) -> None:
    async with accounts(tmp_path) as place:
        with pytest.raises(Refusal, match="no access token"):
            await place.accounts.preview(SecretStr(typed))


async def test_tokens_that_cannot_be_linked_are_refused(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        for token, words in (
            (SecretStr("pul-unknown"), "doesn't know that token"),
            (SecretStr(place.cloud.token), "the token I work with"),
            (place.token("acme-admin"), "belongs to no person"),
        ):
            with pytest.raises(Refusal, match=words) as refused:
                await place.accounts.preview(token)
            assert token.get_secret_value() not in str(refused.value)


async def test_the_preview_says_whose_it_is(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        found = await place.accounts.preview(place.token("ann"))
        assert isinstance(found, PulumiUser)
        assert (found.login, found.name, set(found.organizations)) == ("ann", "Ann Sato", {"acme", "newco"})


async def test_two_slack_users_with_one_login_are_known_to_be(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        await place.links("U1", "ann")
        await place.links("U2", "ann")
        assert [each.user for each in await place.accounts.shared_with("U1", "Ann")] == ["U2"]
        one, two = [await place.accounts.actor(SlackPerson(id=user, team="T", name=user)) for user in ("U1", "U2")]
        assert one.same(two)


async def test_without_keys_nobody_can_link_and_reads_go_on(tmp_path: Path) -> None:
    async with accounts(tmp_path, keys=()) as place:
        assert await place.accounts.linked("U1") is None
        assert await place.accounts.api("U1", own=False) is place.service
        with pytest.raises(Refusal, match="no key") as refused:
            await place.accounts.api("U1", own=True)
        assert "ENCRYPTION_KEYS=" in refused.value.hint


async def test_a_link_that_no_key_opens_is_asked_for_anew(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        await place.links("U1", "ann")
        other = SqlLinks(place.store.database, [SecretStr(Fernet.generate_key().decode())], clock=lambda: NOON)
        later = Accounts(other, place.service, _never, clock=lambda: NOON)
        with pytest.raises(NeedsLink, match="Link it again"):
            await later.api("U1", own=True)


def _never(token: SecretStr) -> AbstractAsyncContextManager[PulumiApi]:
    raise AssertionError("nothing is asked")


ANN_BY_MAIL = SlackPerson(id="U1", team="T", name="ann", email="Ann@acme.example")


async def test_story_18_an_address_names_nobody_unless_it_is_allowed_to(tmp_path: Path) -> None:
    async with accounts(tmp_path) as place:
        assert (await place.accounts.actor(ANN_BY_MAIL)).login == ""
    async with accounts(tmp_path, by_email=True) as place:
        found = await place.accounts.actor(ANN_BY_MAIL)
        assert (found.login, found.email) == ("ann", "ann@acme.example")
        with pytest.raises(NeedsLink):
            await place.accounts.api("U1", own=True)


@pytest.mark.parametrize(
    "email", ["", "ann@acme.example.com", "nn@acme.example", "ann+x@acme.example", "ulf@acme.example"]
)
async def test_story_18_no_match_and_the_suspended_give_nobody(tmp_path: Path, email: str) -> None:
    async with accounts(tmp_path, by_email=True) as place:
        person = SlackPerson(id="U1", team="T", name="ann", email=email)
        assert (await place.accounts.actor(person)).login == ""


async def test_story_18_several_members_with_one_address_give_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with accounts(tmp_path, by_email=True) as place:
        monkeypatch.setattr(Person, "email", "shared@acme.example")
        person = SlackPerson(id="U1", team="T", name="ann", email="shared@acme.example")
        assert (await place.accounts.actor(person)).login == ""


async def test_the_linked_login_goes_before_the_address(tmp_path: Path) -> None:
    async with accounts(tmp_path, by_email=True) as place:
        await place.links("U1", "cy")
        assert (await place.accounts.actor(ANN_BY_MAIL)).login == "cy"
