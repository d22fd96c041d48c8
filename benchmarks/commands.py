"""Rows `http` and `socket`: a cached read from the command to its ack and to the answer, against bare Bolt."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.bare import QUIET
from benchmarks.load import READ, Http, Sample, Socket, Target, drive
from benchmarks.processes import LINUX, Program, running
from benchmarks.report import Goal, Measure, Spread
from benchmarks.rounds import Size, rotated
from benchmarks.slack import Slack, serving
from sandbox.slack import seed

Samples = Mapping[str, list[Sample]]

_MODULES: Final = {"bot": "bot", "muted": "benchmarks.muted", "bolt": "benchmarks.bare"}
_WORDS: Final = {"http": "HTTP", "socket": "Socket Mode"}


async def http(size: Size) -> list[Measure]:
    """Over signed HTTP."""
    return await _measured("http", size)


async def socket(size: Size) -> list[Measure]:
    """Over Socket Mode."""
    return await _measured("socket", size)


async def _measured(row: str, size: Size) -> list[Measure]:
    samples: dict[str, list[Sample]] = defaultdict(list)
    async with serving() as slack, _targets(row, slack, twice=size.twice) as targets:
        for target in targets.values():
            await drive(slack, target, rate=size.rate, commands=size.warm)
        for name in rotated(tuple(targets), size.rounds):
            commands = round(size.rate * size.seconds)
            samples[name].append(await drive(slack, targets[name], rate=size.rate, commands=commands))
    return [_ack(row, samples), _late(row, samples), _cpu(row, samples), _answer(row, samples)]


def settings(slack: Slack, name: str, mode: str, home: str) -> dict[str, str]:
    """What connects a bot, or a bare Bolt app, to the benchmark's Slack."""
    return {
        "SLACK_BOT_TOKEN": seed.BOT_TOKEN,
        "SLACK_APP_TOKEN": seed.APP_TOKEN,
        "SLACK_SIGNING_SECRET": seed.SIGNING_SECRET,
        "SLACK_MODE": mode,
        "SLACK_API_URL": slack.api(name),
        "PULUMI_API_URL": f"{slack.address}/pulumi",
        "PULUMI_ACCESS_TOKEN": slack.pulumi_token,
        "DATABASE_URL": f"sqlite:///{home}/bot.db",
        "PORT": "0",
    }


@asynccontextmanager
async def _targets(row: str, slack: Slack, *, twice: bool) -> AsyncIterator[dict[str, Target]]:
    """The bot with and without its answers, and Bolt as a process or two, each both quiet and answering."""
    async with AsyncExitStack() as closing:
        found: dict[str, Target] = {}
        for name in (*_MODULES, "bolt again") if twice else _MODULES:
            home = closing.enter_context(TemporaryDirectory())
            env = settings(slack, name.replace(" ", "-"), row, home)
            module = _MODULES[name.removesuffix(" again")]
            program = await closing.enter_async_context(running(module, home=Path(home), env=env))
            way = await _way(row, slack, program, name.replace(" ", "-"))
            found[name] = Target(program, way, READ, answers=name != "muted")
            if name.startswith("bolt"):
                found[name + ", quiet"] = Target(program, way, QUIET, answers=False)
        yield found


async def _way(row: str, slack: Slack, program: Program, name: str) -> Http | Socket:
    address = (await program.line()).rpartition(" ")[2]
    if row == "http":
        return Http(address)
    await slack.links[name].connected.wait()
    return Socket(slack.links[name])


def _ack(row: str, samples: Samples) -> Measure:
    acks = {name: [median(each.acks) for each in found] for name, found in samples.items()}
    ours, theirs, again = acks["muted"], acks["bolt, quiet"], acks.get("bolt again, quiet")
    return Measure(
        row=row,
        what=f"{_WORDS[row]}: command to ack, p50",
        goal=Goal(1.3),
        value=Spread.ratio(ours, theirs),
        noise=Spread.ratio(again, theirs) if again else None,
        beside=f"{median(ours):.2f} ms, while it also answers {median(acks['bot']):.2f} ms; "
        f"Bolt that only acks {median(theirs):.2f} ms, that answers {median(acks['bolt']):.2f} ms",
    )


def _late(row: str, samples: Samples) -> Measure:
    late = {name: [quantiles(each.acks, n=100)[98] for each in found] for name, found in samples.items()}
    return Measure(
        row=row,
        what=f"{_WORDS[row]}: command to ack, p99",
        goal=Goal(10, " ms"),
        value=Spread.of(late["bot"]),
        beside=f"Bolt {median(late['bolt']):.1f} ms, Bolt that only acks {median(late['bolt, quiet']):.1f} ms",
    )


def _cpu(row: str, samples: Samples) -> Measure:
    spent = {name: [each.cpu for each in found] for name, found in samples.items()}
    ours, theirs, again = spent["muted"], spent["bolt, quiet"], spent.get("bolt again, quiet")
    known = LINUX and all(theirs)
    return Measure(
        row=row,
        what=f"{_WORDS[row]}: CPU of a command up to its ack",
        goal=Goal(1.3),
        value=Spread.ratio(ours, theirs) if known else None,
        noise=Spread.ratio(again, theirs) if known and again else None,
        beside=f"{median(ours):.2f} ms, Bolt that only acks {median(theirs):.2f} ms; with the answer "
        f"{median(spent['bot']):.2f} ms, Bolt {median(spent['bolt']):.2f} ms",
    )


def _answer(row: str, samples: Samples) -> Measure:
    answers = {name: [median(each.answers) for each in found] for name, found in samples.items()}
    ours, theirs, again = answers["bot"], answers["bolt"], answers.get("bolt again")
    return Measure(
        row=row,
        what=f"{_WORDS[row]}: `{READ}` to its answer, p50",
        goal=Goal(1.5),
        value=Spread.ratio(ours, theirs),
        noise=Spread.ratio(again, theirs) if again else None,
        beside=f"{median(ours):.2f} ms, Bolt that answers one line {median(theirs):.2f} ms",
    )
