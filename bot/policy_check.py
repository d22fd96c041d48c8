"""The policy file on disk: read at start, and by `python -m bot policy check`, which says what it means."""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.errors import BotError
from bot.operations import CATALOGUE, Mutation
from bot.policy import DEFAULT, Policy, PolicyError, Rule

CHANGES = tuple(entry.name for entry in CATALOGUE if isinstance(entry, Mutation))
"""What a rule can be about."""


def policy_of(path: Path | None) -> Policy:
    """The policy in that file, or the built-in one. Raises PolicyError that names the file and each mistake in it."""
    if path is None:
        return DEFAULT
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise PolicyError(f"The policy file {path} can't be read: {why}") from None
    try:
        return Policy.parse(text, CHANGES)
    except PolicyError as error:
        raise PolicyError(f"The policy file {path} is wrong:\n{error}") from None


def main(argv: list[str], configured: Callable[[], Path | None]) -> int:
    """Print what a policy file says; 1 with every mistake when it can't be used. `configured` is POLICY_FILE."""
    parser = argparse.ArgumentParser(prog="python -m bot policy", description="Read a policy file as the bot does.")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    check = commands.add_parser("check", help="say what each rule means, or what is wrong with it")
    check.add_argument("file", nargs="?", metavar="FILE", help="the file; without it the one that POLICY_FILE names")
    file = parser.parse_args(argv).file
    try:
        policy = policy_of(Path(file) if file else configured())
    except BotError as error:
        print(error, file=sys.stderr)  # noqa: T201  # the report
        return 1
    print(*said(policy), sep="\n")  # noqa: T201  # the report
    return 0


def said(policy: Policy) -> Iterator[str]:
    """What a policy means, line by line."""
    for name, people in policy.groups.items():
        yield f"group {name}: {', '.join(people)}"
    for rule in policy.rules:
        yield f"{rule.name}: {_ruled(rule)}"
    if approvers := policy.groups.get("approvers"):
        yield f"everything else: {_ruled(Rule(name='', approvers=approvers))}"
    else:
        yield "everything else: refused, since there is no group approvers"


def _ruled(rule: Rule) -> str:
    if rule.refuse:
        return f"refused: {rule.refuse}"
    channel = f"; asked in {rule.channel}" if rule.channel else ""
    return f"{_counted(rule)}{_asked('a reason', rule.reason)}{_asked('the name typed', rule.typed)}{channel}"


def _counted(rule: Rule) -> str:
    if rule.approvals == 0:
        return "the requester confirms it"
    number = "1 (2 for admin-risk changes)" if rule.approvals is None else str(rule.approvals)
    return f"approvals: {number}, of {', '.join(rule.approvers)}"


def _asked(what: str, wanted: bool | None) -> str:  # noqa: FBT001  # as the rule has it
    return {True: f"; with {what}", False: f"; without {what}", None: f"; with {what} for admin-risk changes"}[wanted]
