"""Whatever people do, under whatever policy: no call is made without a decision that holds at that moment."""

import asyncio
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.approvals import Request, State, Verdict
from bot.errors import BotError
from bot.services.resolve import Where
from sandbox.slack import seed
from tests.e2e.conversation import PEOPLE
from tests.live import Live, awake, city

VOTERS = ("ann", "bo", "cy", "dee", "gus")
ACTS = (
    "approve",
    "approve",
    "approve",
    "reject",
    "again",
    "leave",
    "return",
    "drop",
    "add",
    "leap",
    "carry out",
    "carry out",
)
SCRIPTS = st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from(VOTERS)), min_size=3, max_size=14)


@dataclass
class Model:
    """What the test knows of the world, by itself."""

    needed: int
    group: set[str]
    away: set[str] = field(default_factory=set)
    said: dict[str, Verdict] = field(default_factory=dict)

    def holds(self) -> bool:
        """Whether a call may be made now: enough people who still count, and whoever asked is still here."""
        if "ann" in self.away or Verdict.REJECT in self.said.values():
            return False
        others = {who for who, verdict in self.said.items() if verdict is Verdict.APPROVE} - self.away
        if self.needed == 0:
            return bool(others)
        return len((others & self.group) - {"ann", "gus"}) >= self.needed  # gus is a guest


@given(st.integers(0, 2), SCRIPTS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_call_without_a_decision_that_policy_supports_at_that_moment(
    needed: int, script: list[tuple[str, str]]
) -> None:
    asyncio.run(_told(needed, script))


async def _told(needed: int, script: list[tuple[str, str]]) -> None:
    policy = (
        f'[groups]\napprovers = ["@sre"]\n[[rule]]\nmatch = {{ operation = "stack tag set" }}\napprovals = {needed}\n'
    )
    with tempfile.TemporaryDirectory() as folder:
        async with city() as place, awake(place, Path(folder), policy=policy, leads=False) as live:
            model = Model(needed, {"bo", "cy"})
            await place.group(add=["bo", "cy"], remove=["ann", "dee", "gus"])
            asked = await _asked(live)
            before = asked
            for act, who in script:
                await _act(live, model, asked.id, act, who)
                now = await live.request(asked.id)
                assert not before.state.final or now == before
                before = now
            assert len(place.writes) <= 1


async def _asked(live: Live) -> Request:
    await live.slack.says("ann", "/pulumi tag set acme/web/dev owner platform")
    (found,) = await live.town.services.decisions.listed((State.PENDING,))
    return found


async def _act(live: Live, model: Model, request_id: str, act: str, who: str) -> None:
    match act:
        case "approve" | "reject":
            await _vote(live, model, request_id, who, Verdict(act))
        case "again" if who in model.said:
            await _vote(live, model, request_id, who, model.said[who])
        case "leave" | "return":
            (model.away.add if act == "leave" else model.away.discard)(who)
            await live.city.person(who, deleted=act == "leave")
        case "drop" | "add" if who in {"bo", "cy", "dee"}:
            (model.group.discard if act == "drop" else model.group.add)(who)
            await live.city.group(**{"remove" if act == "drop" else "add": [who]})
        case "leap":
            live.city.clock.leap(minutes=6)
        case "carry out":
            await _carry_out(live, model, request_id)


async def _vote(live: Live, model: Model, request_id: str, who: str, verdict: Verdict) -> None:
    where = Where(user=PEOPLE[who], team=seed.TEAM, channel=seed.PLATFORM)
    with suppress(BotError):
        await live.town.services.decisions.vote(request_id, where, verdict, comment="", typed="")
        model.said[who] = verdict


async def _carry_out(live: Live, model: Model, request_id: str) -> None:
    request, calls, began = await live.request(request_id), len(live.city.writes), live.city.clock()
    if request.state is State.APPROVED:
        await live.town.services.execution.carry_out(request, None, lambda: True)
    if len(live.city.writes) > calls:
        assert request.execute_by
        assert began < request.execute_by
        assert model.holds()
