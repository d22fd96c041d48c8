"""What is refused before anybody is asked, and what a change does on a bad day, in both profiles."""

from dataclasses import replace

import httpx
import pytest

from bot.errors import NothingHappened, PulumiError, Refusal
from bot.operations import Seen
from bot.pulumi import PulumiClient
from tests.contract.changes import ANN, CREATED, DONE, asker, order
from tests.contract.served import Served

REFUSED = {
    "stack tag set acme/shop/prod env=prod": ("Nothing to do", "stack tag ls acme/shop/prod"),
    "stack tag set acme/shop/prod pulumi:project web": ("Pulumi's own tags", "stack tag ls acme/shop/prod"),
    "stack tag set acme/shop/prod gitHub:repo web": ("Pulumi's own tags", "stack tag ls acme/shop/prod"),
    "stack tag rm acme/shop/prod vcs:repo": ("Pulumi's own tags", "stack tag ls acme/shop/prod"),
    "stack tag rm acme/shop/prod evn": ('no tag "evn"', "stack tag rm acme/shop/prod env"),
    "stack tag rm acme/shop/prod cost-centre": ('no tag "cost-centre"', "stack tag ls acme/shop/prod"),
    "stack rm acme/shop/prod": ("still holds 44 resources", "stack export acme/shop/prod"),
    "stack rm acme/data/warehouse --force": ("being changed right now (update by ", "status acme/data/warehouse"),
    "stack transfer acme/data/warehouse newco": ("The transfer has to wait", "status acme/data/warehouse"),
    "stack rm acme/shop/prdo --force": ("acme/shop/prdo doesn't exist", "stack rm acme/shop/prod --force"),
    "tag acme/shop/prdo env=live": ("acme/shop/prdo doesn't exist", "stack tag set acme/shop/prod env live"),
    "untag acme/zzzzzzzz/xxxxxxxxx env": ("doesn't exist, or my token cannot see it", "stack ls acme"),
    "stack transfer acme/shop/prod acme": ("Nothing to do", ""),
    "stack transfer acme/shop/prod elsewhere": ("isn't in elsewhere", ""),
    "org member add bo --org acme": ("Nothing to do: bo is in acme already", ""),
    "org member add bo --role admin --org acme": ("is in acme already", "org member edit bo admin --org acme"),
    "org member rm boo --org acme": ("boo isn't in acme", "org member rm bo --org acme"),
    "org member rm BO --org acme": ("BO isn't in acme", "org member rm bo --org acme"),
    "org member rm xyzzyx --org acme": ("isn't in acme", "org member ls acme --find xyzzyx"),
    "org member rm ann --org acme": ("That's you", ""),
    "org member edit ann member --org acme": ("That's you", ""),
    "org member rm pulumi-bot --org acme": ("the user I work as", ""),
    "org member edit pulumi-bot member --org acme": ("the user I work as", ""),
    "org member edit bo member --org acme": ("Nothing to do: bo is ", ""),
    "org member edit boo admin --org acme": ("boo isn't in acme", "org member edit bo admin --org acme"),
    "org member edit bo admn --org acme": ('no role "admn"', "org member edit bo admin --org acme"),
    "org member edit bo captain --org acme": ("no role", 'org member edit bo "Release captain" --org acme'),
    'org member edit bo "Release {captain}" --org acme': ("no role", 'org member edit bo "Release captain" --org acme'),
    'org member edit bo "release captian" --org acme': ("no role", 'org member edit bo "Release captain" --org acme'),
    "org member rm cy --org newco": ("the last admin of newco", ""),
    "org member edit cy member --org newco": ("the last admin of newco", ""),
    "team create web --org acme": ("has a team web already", ""),
    "team create ops --github 7 --display-name Ops --org acme": ("as on GitHub", ""),
    "team rm wbe --org acme": ('no team "wbe"', "team rm web --org acme"),
    "team rm xyzzyx --org acme": ('no team "xyzzyx"', "org member ls acme"),
    "team add-member wbe bo --org acme": ('no team "wbe"', "team add-member web bo --org acme"),
    "team add-member web hana --org acme": ("Nothing to do: hana is in web already", ""),
    "team add-member web boo --org acme": ("boo isn't in acme", "team add-member web bo --org acme"),
    "team add-member oncall bo --org acme": ("decided on GitHub", ""),
    "team remove-member contractors gus --org acme": ("decided by your identity provider", ""),
    "team remove-member web bo --org acme": ("bo isn't in web", "org member ls acme --find bo"),
    "team remove-member web hanna --org acme": ("hanna isn't in web", "team remove-member web hana --org acme"),
    "token create cicd-server": ("“cicd-server” already", "token ls"),
    "token create old --expires 2020-01-01": ("ends in the future", ""),
    "token create late --expires 800d": ("at most two years", ""),
    "token rm cicd-sevrer": ('no token "cicd-sevrer"', "token rm cicd-server"),
    "token rm nothing-like-it": ("You have no token", "token ls"),
}


async def test_it_is_refused_with_a_reason_and_a_way_on(pulumi: Served) -> None:
    """Refusals change nothing, so one world serves them all."""
    clients = {own: pulumi.client(token=pulumi.cloud.token_of("ann") if own else None) for own in (True, False)}
    wrong = {line: said for line, says in REFUSED.items() if (said := await _refused(line, clients)) != says}
    assert wrong == {}


async def _refused(line: str, clients: dict[bool, PulumiClient]) -> tuple[str, str]:
    """What was expected, where that is what is said and offered; else what was said and offered instead."""
    asked, (text, command) = order(line), REFUSED[line]
    with pytest.raises(Refusal) as caught:
        await asked.mutation.study(clients[asked.mutation.own], asked.args, ANN)
    fits = text in caught.value.text and command in (*caught.value.commands, "")
    return (text, command) if fits else (caught.value.text, str(caught.value.commands))


async def test_a_full_stack_is_told_both_ways_out(pulumi: Served) -> None:
    asked = order("stack rm acme/shop/prod")
    with pytest.raises(Refusal) as caught:
        await asked.mutation.study(pulumi.client(), asked.args, ANN)
    assert "pulumi destroy --stack acme/shop/prod" in caught.value.hint
    assert "--force" in caught.value.hint


async def test_a_name_that_is_taken_over_there_stops_a_transfer(pulumi: Served) -> None:
    api, first = pulumi.client(), order("stack transfer acme/web/prod newco")
    await first.mutation.execute(api, first.args)
    again = order("stack transfer newco/web/prod acme")
    assert (await again.mutation.verify(api, first.args, (), "")).seen is Seen.YES
    world = pulumi.cloud.world.stacks
    twin = next(place for place in world if str(place) == "acme/shop/prod")
    world[replace(twin, org="newco")] = world[twin]
    asked = order("stack transfer acme/shop/prod newco")
    with pytest.raises(Refusal, match="newco/shop/prod exists already"):
        await asked.mutation.study(api, asked.args, ANN)


async def test_the_only_token_is_the_one_in_use(pulumi: Served) -> None:
    """Whoever has one token linked that one."""
    api = pulumi.client(token=pulumi.cloud.token_of("cy"))
    (mine,) = [each async for each in api.tokens()]
    asked = order(f"token rm {mine.id}")
    with pytest.raises(Refusal, match="your only token"):
        await asked.mutation.study(api, asked.args, ANN)


async def test_two_tokens_of_one_name_are_told_apart_by_their_ids(pulumi: Served) -> None:
    pulumi.cloud.switches.token_reply = "200"
    asked = order("token rm cicd-server")
    api = asker(asked, pulumi)
    made = await api.create_token("cicd-server")
    with pytest.raises(Refusal, match="2 of your tokens") as caught:
        await asked.mutation.study(api, asked.args, ANN)
    assert f"token rm {made.id}" in caught.value.commands
    with pytest.raises(NothingHappened):
        await asked.mutation.execute(api, asked.args)
    assert (await asked.mutation.facts(api, asked.args)) == (("token", "several"),)


class Weather(httpx.AsyncHTTPTransport):
    """The way to the cloud: it counts what is written, and answers in its place."""

    def __init__(self, *, write: int = 0, hide: str = "", garble: bool = False) -> None:
        super().__init__()
        self.written = 0
        self._write, self._hide, self._garble = write, hide, garble

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        read = request.method == "GET"
        self.written += not read
        if not read and self._write:
            return httpx.Response(self._write, json={"code": self._write, "message": "Bad day"}, request=request)
        if read and self._garble:
            return httpx.Response(200, text="<html>", request=request)
        if read and self._hide and self._hide in request.url.path:
            return httpx.Response(404, text="404 page not found", request=request)
        return await super().handle_async_request(request)


async def test_a_change_is_sent_once_whatever_comes_back(pulumi: Served) -> None:
    """A 5xx may have done it: no fallback, no repetition. Here it did nothing, so one world serves them all."""
    for line in (*DONE.values(), CREATED):
        asked, weather = order(line), Weather(write=502)
        own = pulumi.cloud.token_of("ann") if asked.mutation.own else None
        with pytest.raises(PulumiError) as caught:
            await asked.mutation.execute(pulumi.client(token=own, transport=weather), asked.args)
        assert (isinstance(caught.value, NothingHappened), weather.written) == (False, 1), line


@pytest.mark.parametrize("line", ["token rm cicd-server", 'org member edit bo "Release captain" --org acme'])
async def test_when_a_read_before_the_call_fails_nothing_was_sent(line: str, pulumi: Served) -> None:
    asked, weather = order(line), Weather(garble=True)
    with pytest.raises(NothingHappened):
        await asked.mutation.execute(pulumi.client(transport=weather), asked.args)
    assert weather.written == 0


TEAMS = {name: line for name, line in DONE.items() if line.startswith("team ")}


@pytest.mark.parametrize("line", TEAMS.values(), ids=TEAMS)
async def test_where_teams_are_not_shown_they_are_changed_and_not_verifiable(line: str, pulumi: Served) -> None:
    asked, api = order(line), pulumi.client(transport=Weather(hide="/teams"))
    study = await asked.mutation.study(api, asked.args, ANN)
    assert study.facts == await asked.mutation.facts(api, asked.args)
    receipt = await asked.mutation.execute(api, asked.args)
    proof = await asked.mutation.verify(api, asked.args, study.facts, receipt.reference)
    assert proof.seen is Seen.UNVERIFIABLE
    assert "does not show teams" in proof.text


@pytest.mark.parametrize("line", ["stack rm acme/shop/prod --force", "stack transfer acme/shop/prod newco"])
async def test_a_state_that_cannot_be_read_hides_the_resources_and_stops_nothing(line: str, pulumi: Served) -> None:
    asked, api = order(line), pulumi.client(transport=Weather(hide="/export"))
    study = await asked.mutation.study(api, asked.args, ANN)
    assert study.facts == await asked.mutation.facts(api, asked.args)
    assert "too many to read" in str(study.impact)
