"""`parse(text) → Draft`: pure. Every refusal names the word that is wrong and what to type instead."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.console import read_console_url
from bot.errors import Refusal, UsageError
from bot.model import StackRef
from bot.operations.base import Draft, Entry, Mutation, Operation
from bot.operations.catalogue import Catalogue, near_words
from bot.operations.declined import DECLINED
from bot.operations.slots import Kind, Slot, looks_like_update
from bot.operations.values import Here, Named, Pasted, Target, UpdateSelector
from bot.operations.words import normalise, quote, shown, split

_SHARE = Slot("share", Kind.FLAG, default=False)
_REASON = 500  # characters
_STANDIN = StackRef("any-org", "any", "any")  # for checking the other arguments before the target is looked up


@lru_cache(maxsize=512)  # people and buttons say the same lines again; a draft is immutable
def parse(catalogue: Catalogue, text: str) -> Draft:
    """Read a command line. Raises UsageError, or Refusal for a command of the CLI's that is not offered."""
    typed = normalise(text)
    words = split(typed) or ["help"]
    entry, rest = _command(catalogue, words, typed)
    return _Reader(entry, typed).read(rest)


def perhaps(catalogue: Catalogue, draft: Draft) -> tuple[str, ...]:
    """Command lines that a draft may have meant, worth showing when its target is not found: `stack lss`."""
    words = split(draft.typed)
    found = catalogue.find(words)
    return _lines(catalogue.longer(words, found[1]), words) if found and len(words) > found[1] else ()


def _lines(near: Iterable[tuple[str, int]], words: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join((name, *map(quote, words[length:]))) for name, length in near)


def _command(catalogue: Catalogue, words: list[str], typed: str) -> tuple[Entry, list[str]]:
    if found := catalogue.find(words):
        return found[0], words[found[1] :]
    if "://" in words[0] or words[0].count("/") == 2:  # noqa: PLR2004  # org/project/stack: a target and nothing else
        return catalogue["status"], words
    if words[0].lower() in DECLINED:
        raise Refusal(DECLINED[words[0].lower()])
    near = catalogue.near(words)
    lines = _lines(near, words)
    question = "Did you mean one of these?" if near else "help lists what I can do."
    raise UsageError(f'I don\'t know "{shown(words[0])}".', lines or ("help",), question, typed=typed)


class _Reader:
    """Reads the words after the command's name into a Draft."""

    def __init__(self, entry: Entry, typed: str) -> None:
        self._entry = entry
        self._typed = typed
        private = isinstance(entry, Operation) and entry.own
        self._beside = {slot.flag: slot for slot in entry.flags or (() if private else (_SHARE,))}
        self._named = {slot.flag: slot for slot in entry.slots if not slot.positional}
        self._places = [slot for slot in entry.slots if slot.positional]
        self._words = {slot.flag: slot for slot in self._places if slot.kind is Kind.WORD}
        self._values: dict[str, object] = {}
        self._said: dict[str, Any] = {}
        self._target: Target | None = None

    def read(self, words: Sequence[str]) -> Draft:
        self._place(self._take_flags(list(words)))
        self._check()
        self._said |= {"reason": self._reason(shown(self._said["reason"]))} if "reason" in self._said else {}
        values = MappingProxyType(self._values)
        return Draft(entry=self._entry, target=self._target, values=values, typed=self._typed, **self._said)

    def _reason(self, text: str) -> str:
        if len(text) > _REASON:
            raise self._error(f"--reason takes at most {_REASON} characters; yours has {len(text)}.")
        return text

    def _error(self, text: str, commands: tuple[str, ...] = ()) -> UsageError:
        form = self._typed if isinstance(self._entry, Mutation) else ""
        return UsageError(text, commands, f"Usage: {self._entry.usage}", form, typed=self._typed)

    def _take_flags(self, words: list[str]) -> list[str]:
        places: list[str] = []
        while words:
            word = words.pop(0)
            if word == "--":
                return places + words
            if (
                word.startswith("-")
                and word.strip("-")
                and any(slot.kind is Kind.REST for slot in self._places) is False
            ):
                self._take_flag(word, words)
            else:
                places.append(word)
        return places

    def _take_flag(self, word: str, words: list[str]) -> None:
        name, has_value, value = ("--" + word.lstrip("-")).partition("=")
        beside = self._beside.get(name.lower())
        slot = beside or self._named.get(name.lower()) or self._words.get(name.lower()) or self._unknown(name)
        values = self._said if beside else self._values
        if slot.kind is Kind.FLAG:
            values[slot.field] = True
        elif has_value or words:
            values[slot.field] = value if has_value else words.pop(0)
        else:
            raise self._error(f"{slot.flag} needs a value.")

    def _unknown(self, flag: str) -> Slot:
        known = [*self._named, *self._beside]
        near = near_words(flag, known, 1)
        fixed = tuple(self._typed.replace(flag, each) for each in near if flag in self._typed)
        hint = f" Did you mean {near[0]}?" if near else f" It takes {', '.join(known) or 'no flags'}."
        raise self._error(f"{self._entry.name} has no {shown(flag)}.{hint}", fixed)

    def _place(self, words: list[str]) -> None:
        words = self._unpaired(words)
        for slot in self._open_places(words):
            if slot.kind in {Kind.REST, Kind.ORGS}:
                self._values |= {slot.field: tuple(words)} if words else {}
                return
            if words:
                self._set(slot, words.pop(0))
            elif slot.kind is Kind.WORD:
                raise self._error(f"{self._entry.name} needs a {slot.name}.")
        if words:
            extra = " ".join(map(shown, words))
            quotes = " Several words that are one go in quotes." if self._words else ""
            raise self._error(f'I don\'t know what to do with "{extra}" after {self._entry.name}.{quotes}')

    def _unpaired(self, words: list[str]) -> list[str]:
        """`. env=prod` is `. env prod`, where the words are too few otherwise."""
        name, equals, value = (words or [""])[-1].partition("=")
        paired = any(slot.paired for slot in self._places) and len(words) < len(self._places)
        return [*words[:-1], name, value] if paired and name and equals else words

    def _open_places(self, words: list[str]) -> list[Slot]:
        """The places that the words fill: what can be left out is left out when there are too few words."""
        if any(slot.kind is Kind.TARGET for slot in self._places):
            self._target = Here()
        open_ = [slot for slot in self._places if slot.field not in self._values]
        needed = sum(slot.kind is Kind.WORD for slot in open_)
        lone_update = len(words) == 1 and any(s.kind is Kind.UPDATE for s in open_) and looks_like_update(words[0])
        if lone_update or (needed and len(words) <= needed):
            return [slot for slot in open_ if slot.kind is not Kind.TARGET]
        return open_

    def _set(self, slot: Slot, word: str) -> None:
        try:
            match slot.kind:
                case Kind.TARGET:
                    self._target = self._read_target(word)
                case Kind.UPDATE:
                    self._values[slot.field] = UpdateSelector.parse(word)
                case Kind.ORG if word.startswith("tag:") and "--tag" in self._named:
                    self._values["tag"] = word.removeprefix("tag:")
                case _:
                    self._values[slot.field] = word
        except ValueError as error:
            raise self._error(str(error)) from None

    def _read_target(self, word: str) -> Target:
        if word == ".":
            return Here()
        if "://" in word:
            return self._read_url(word)
        parts = tuple(word.removesuffix("/").split("/"))
        if len(parts) > 3 or not all(parts):  # noqa: PLR2004  # org/project/stack
            raise ValueError(f'"{shown(word)}" isn\'t a stack. Write it like acme/shop/prod, shop/prod or prod.')
        return Named(parts)

    def _read_url(self, word: str) -> Target:
        page = read_console_url(word)
        if page is None:
            raise ValueError(f"{shown(word)} isn't the page of a stack, an update or a preview.")
        if page.update and any(slot.field == "update" for slot in self._places):
            self._values.setdefault("update", UpdateSelector.parse(page.update))
        return Pasted(stack=page.stack, url=word)

    def _check(self) -> None:
        """Everything but the look-ups is checked now, so that a mistake is answered at once."""
        standins: dict[str, object] = {}
        for slot in self._entry.slots:
            if slot.kind is Kind.TARGET:
                standins[slot.field] = _STANDIN
            elif slot.kind is Kind.ORG:
                standins[slot.field] = "any-org"
        try:
            self._entry.args.model_validate({**standins, **self._values})
        except ValidationError as error:
            raise self._error(self._worded(error.errors()[0])) from None

    def _worded(self, detail: ErrorDetails) -> str:
        field = str(detail["loc"][0]) if detail["loc"] else ""
        slot = next((each for each in self._entry.slots if each.field == field), None)
        name = (slot.name if slot.positional else slot.flag) if slot else field
        value: Any = detail["input"]
        if slot and slot.choices:
            return f'{name} takes {_either(slot.choices)}, not "{shown(str(value))}".'
        if detail["type"] in {"int_parsing", "greater_than_equal", "less_than_equal"}:
            return f'{name} takes a whole number from 1 on, not "{shown(str(value))}".'
        return f'{name} can\'t be "{shown(str(value))}": {detail["msg"].removeprefix("Value error, ")}.'


def _either(choices: tuple[str, ...]) -> str:
    return " or ".join((", ".join(choices[:-1]), choices[-1])) if len(choices) > 1 else choices[0]
