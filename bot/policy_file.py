"""Reads a policy file to its last word: a bot whose policy may mean something else than it says does not start.

TOML (https://toml.io/en/v1.0.0): `[groups]` names people, each `[[rule]]` says who decides about what.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from bot.errors import BotError
from bot.model import Risk
from bot.rule import APPROVERS, AUDITORS, PULUMI_ADMINS, Match, Rule

Groups = Mapping[str, tuple[str, ...]]
Place = Sequence[str | int]

_PERSON = re.compile(r"@[^\s@]{1,80}|[UWS][A-Z0-9]{2,20}|pulumi:admin")
_GROUP = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_CHANNEL = re.compile(r"#[^\s#@A-Z]{1,80}|[CG][A-Z0-9]{2,20}")
_HEADER = re.compile(r"\s*\[\[?\s*(rule|groups)\s*\]")
_TABLES = ("rule", "groups")


class PolicyError(BotError):
    """What is wrong with a policy file: one line for each mistake, each with its place and what to write instead."""


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _person(name: str) -> str:
    if not _PERSON.fullmatch(name):
        raise ValueError(
            f"write @handle of a Slack user group, an id such as U012ABC, or pulumi:admin, not {_shown(name)}"
        )
    return name.lower() if name.startswith("@") else name


def _three(pattern: str) -> str:
    parts = pattern.split("/")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004  # organization, project, stack
        raise ValueError(f"a stack is organization/project/stack, such as acme/*/prod*, not {_shown(pattern)}")
    return pattern


def _channel(name: str) -> str:
    if not _CHANNEL.fullmatch(name):
        raise ValueError(f"write #name in small letters, or the channel's id such as C012ABC, not {_shown(name)}")
    return name


def _risk(word: object) -> object:
    return Risk(word) if isinstance(word, str) and word in {*Risk} else word


Word = Annotated[str, Field(min_length=1)]
Words = Annotated[tuple[Word, ...], BeforeValidator(_listed), Field(min_length=1)]
Stacks = Annotated[tuple[Annotated[str, AfterValidator(_three)], ...], BeforeValidator(_listed), Field(min_length=1)]
Risks = Annotated[tuple[Annotated[Risk, BeforeValidator(_risk)], ...], BeforeValidator(_listed), Field(min_length=1)]
People = Annotated[tuple[Annotated[str, AfterValidator(_person)], ...], BeforeValidator(_listed), Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Match(_Strict):
    operation: Words = ()
    stack: Stacks = ()
    org: Words = ()
    tags: dict[str, Word] = Field(default_factory=dict)
    risk: Risks = ()


class _Rule(_Strict):
    match: _Match = _Match()
    approvals: Annotated[int, Field(ge=0, le=20)] | None = None
    approvers: Words = ()
    reason: bool | None = None
    typed: bool | None = None
    channel: Annotated[str, AfterValidator(_channel)] = ""
    refuse: Word = ""


class _File(_Strict):
    groups: dict[str, People] = Field(default_factory=dict)
    rule: list[_Rule] = Field(default_factory=list)


def read(text: str, operations: Sequence[str]) -> tuple[Groups, tuple[Rule, ...]]:
    """The groups and the rules. Raises PolicyError."""
    lines = _Lines(text)
    try:
        found = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"It is not TOML: {error}") from None
    except ValidationError as error:
        raise lines.error((each["loc"], _worded(each)) for each in error.errors(include_url=False)) from None
    if problems := list(_problems(found, operations)):
        raise lines.error(problems)
    return found.groups, tuple(_rule(number, each, found.groups) for number, each in enumerate(found.rule, 1))


def _rule(number: int, written: _Rule, groups: Groups) -> Rule:
    match = Match(**dict(written.match))
    names = written.approvers or ((APPROVERS,) if APPROVERS in groups else ())
    people = (person for name in names for person in groups.get(name, (_folded(name),)))
    return Rule(
        name=f"rule {number} ({match})",
        match=match,
        approvals=written.approvals,
        approvers=tuple(dict.fromkeys(people)),
        reason=written.reason,
        typed=written.typed,
        channel=written.channel,
        refuse=written.refuse,
    )


def _folded(name: str) -> str:
    return name.lower() if name.startswith("@") else name


def _problems(found: _File, operations: Sequence[str]) -> Iterator[tuple[Place, str]]:
    """What the shape alone does not show."""
    for name in found.groups:
        if not _GROUP.fullmatch(name):
            yield ("groups", name), f"a group's name is small letters, digits, - and _, not {_shown(name)}"
    if PULUMI_ADMINS in found.groups.get(AUDITORS, ()):
        yield ("groups", AUDITORS), f"auditors are Slack users and user groups; {PULUMI_ADMINS} is for approvers"
    everything = 0
    for index, rule in enumerate(found.rule):
        if everything:
            yield ("rule", index), f"it is never reached: rule {everything} fits every change"
        elif rule.match == _Match() and not rule.refuse:  # a freeze may stand before all the others
            everything = index + 1
        yield from ((("rule", index, *place), words) for place, words in _wrong(rule, found.groups, operations))


def _wrong(rule: _Rule, groups: Groups, operations: Sequence[str]) -> Iterator[tuple[Place, str]]:
    for pattern in rule.match.operation:
        if not any(fnmatchcase(name, pattern.casefold()) for name in operations):
            yield ("match", "operation"), f"there is no change {_shown(pattern)}{_meant(pattern, operations)}"
    for name in rule.approvers:
        if name not in groups and not _PERSON.fullmatch(name):
            known = [*groups, *(person for group in groups.values() for person in group), PULUMI_ADMINS]
            yield ("approvers",), f"there is no group {_shown(name)}{_meant(name, known)}"
    if rule.refuse:
        yield from _beside_refuse(rule)
    elif not rule.approvers and APPROVERS not in groups and rule.approvals != 0:
        yield (), 'it names no approvers, and there is no group for that: add approvers = ["@sre"] under [groups]'


def _beside_refuse(rule: _Rule) -> Iterator[tuple[Place, str]]:
    for name in sorted(rule.model_fields_set - {"match", "refuse"}):
        yield (name,), f"a rule that refuses has no {name}"


def _worded(detail: ErrorDetails) -> str:
    place, value = detail["loc"], detail["input"]
    if detail["type"] == "extra_forbidden":
        return _unknown(place)
    if "risk" in place[-2:] and "tags" not in place:
        return f"risk is low, high or admin, not {_shown(value)}"
    if detail["type"] == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    return f"{_key(place)} {_WANTS.get(detail['type'], detail['msg'])}, not {_shown(value)}"


_WANTS = {
    "bool_type": "is true or false",
    "int_type": "is a whole number",
    "greater_than_equal": "is a number from 0 to 20",
    "less_than_equal": "is a number from 0 to 20",
    "string_type": "is a text in quotes",
    "string_too_short": "says something",
    "tuple_type": 'is a text in quotes, or a list such as ["a", "b"]',
    "too_short": "names somebody or something",
    "dict_type": "is a table such as { name = value }",
    "model_type": "is a table such as { name = value }",
    "list_type": "is written [[rule]], with two brackets",
}


def _shown(value: object) -> str:
    """The value as a TOML file says it, near enough."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _unknown(place: Place) -> str:
    name = str(place[-1])
    known, of = _KEYS["match" in place[:-1], "rule" in place[:-1]]
    return f"{of} has no {name}" + (_meant(name, known) or f"; there are {', '.join(known)}")


_KEYS: dict[tuple[bool, bool], tuple[Sequence[str], str]] = {
    (True, True): (tuple(_Match.model_fields), "match"),
    (False, True): (tuple(_Rule.model_fields), "a rule"),
    (False, False): (tuple(_File.model_fields), "a policy file"),
}


def _key(place: Place) -> str:
    return next((each for each in reversed(place) if isinstance(each, str)), "the file")


def _meant(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.casefold(), list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


class _Lines:
    """Finds the line of what a mistake is about: tomllib tells none of what it read."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def error(self, problems: Iterable[tuple[Place, str]]) -> PolicyError:
        """All mistakes in the order of their lines."""
        said = sorted((self._number(place), self._say(place, words)) for place, words in problems)
        return PolicyError("\n".join(f"line {number}: {words}" for number, words in said))

    def _say(self, place: Place, words: str) -> str:
        rule = f"rule {int(place[1]) + 1}: " if place[:1] == ("rule",) and len(place) > 1 else ""
        return f"{rule}{words}"

    def _number(self, place: Place) -> int:
        start, end = self._section(place)
        keys = [each for each in place if isinstance(each, str)]
        for key in reversed(keys[1:] if keys[:1] and keys[0] in _TABLES else keys):
            said = re.escape(key)
            pattern = re.compile(rf"(?:^|[\s{{,.\[]){said}\s*[=.\]]|[\"']{said}[\"']\s*[=.\]]")
            for number in range(start, end):
                if pattern.search(self._lines[number]):
                    return number + 1
        return start + 1

    def _section(self, place: Place) -> tuple[int, int]:
        """The lines of the table that the place is in; of everything, where tables are written in another way."""
        heads = [(number, found[1]) for number, line in enumerate(self._lines) if (found := _HEADER.match(line))]
        starts = [number for number, name in heads if place[:1] == (name,)]
        which = place[1] if len(place) > 1 and isinstance(place[1], int) else 0
        if which >= len(starts):
            return 0, len(self._lines)
        start = starts[which]
        return start, next((number for number, _ in heads if number > start), len(self._lines))
