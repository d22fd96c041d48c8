"""What a channel wants to be told of: a subscription as a value, and the line that says it. Pure.

Terms of one sort are alternatives, terms of several sorts must all hold, and an exclusion wins over everything.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from bot.filters import Pattern, Term
from bot.happenings import Happening, Kind
from bot.model import StackRef

DEFAULT_KINDS = frozenset({Kind.FAILED, Kind.RECOVERED})
_LATE = {"result", "changes", "deletes", "replaces"}  # not known before the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Stacks (by `targets`, or where those are empty all that the tag terms choose), kinds, and terms about updates.

    What begins with `but_` is left out, whatever else holds. `live`: each update gets a thread with its progress.
    All tuples are sorted and free of doubles, so that two that mean the same words are equal.
    """

    targets: tuple[Pattern, ...]
    but_targets: tuple[Pattern, ...] = ()
    kinds: frozenset[Kind] = DEFAULT_KINDS
    but_kinds: frozenset[Kind] = frozenset()
    terms: tuple[Term, ...] = ()
    but_terms: tuple[Term, ...] = ()
    live: bool = False

    @property
    def key(self) -> str:
        """What it is about, in lower case: a channel has one subscription for each, and saying it again edits it."""
        tags = (str(term) for term in self.terms if term.field == "tag")
        return " ".join(map(str, self.targets) if self.targets else tags).casefold()

    @property
    def line(self) -> str:
        """All of it in words: `parse(split(line))` gives it again."""
        tags = [term for term in self.terms if term.field == "tag"]
        words = [*map(str, (*self.targets, *tags)), *(f"-{target}" for target in self.but_targets)]
        words += [*_in_order(self.kinds), *(f"-{kind}" for kind in _in_order(self.but_kinds))]
        words += [*map(str, self.terms[len(tags) :]), *(f"-{term}" for term in self.but_terms)]
        return " ".join([*words, *(["updates:live"] if self.live else [])])

    @property
    def wanted_kinds(self) -> frozenset[Kind]:
        """The kinds that are asked for and not left out."""
        return self.kinds - self.but_kinds

    @property
    def previews(self) -> bool:
        """Whether previews have to be looked for."""
        return Kind.PREVIEWS in self.wanted_kinds

    @property
    def needs_tags(self) -> bool:
        """Whether `wants` and `follows` look at the stack's tags."""
        return any(term.field == "tag" for term in (*self.terms, *self.but_terms))

    @property
    def apart(self) -> tuple["Subscription", ...]:
        """One for each target, which together want the same."""
        return tuple(replace(self, targets=(target,)) for target in self.targets) or (self,)

    def could_want(self, stack: StackRef) -> bool:
        """Whether anything of that stack may ever be wanted, as far as its name says."""
        named = not self.targets or any(target.covers(stack) for target in self.targets)
        return named and not any(target.covers(stack) for target in self.but_targets)

    def would_want(self, happening: Happening) -> bool:
        """Whether all but the tags is as wanted; tags need not be read."""
        return (
            self.could_want(happening.stack)
            and bool(happening.kinds & self.kinds)
            and not happening.kinds & self.but_kinds
            and self._holds(happening, lambda term: term.field != "tag")
        )

    def wants(self, happening: Happening) -> bool:
        """Whether to tell of it. ValueError where only the tags could say so and they were not read."""
        return self.would_want(happening) and self.tagged(happening)

    def follows(self, happening: Happening) -> bool:
        """Whether an update is shown live: what is only known at its end is not looked at. ValueError as `wants`."""
        return (
            self.live
            and happening.update is not None
            and not happening.update.preview
            and self.could_want(happening.stack)
            and self._holds(happening, lambda term: term.field != "tag" and term.field not in _LATE)
            and self.tagged(happening)
        )

    def tagged(self, happening: Happening) -> bool:
        """Whether the stack's tags are as wanted, alone. ValueError where that matters and they were not read."""
        if self.needs_tags and happening.tags is None:
            raise ValueError("the stack's tags have to be read first")
        return self._holds(happening, lambda term: term.field == "tag")

    def moved(self, old: StackRef, new: StackRef) -> "Subscription":
        """The same after a stack got another name; equal where it did not name just that stack."""
        targets, but_targets = (
            tuple(sorted({each.moved(old, new) for each in found})) for found in (self.targets, self.but_targets)
        )
        return replace(self, targets=targets, but_targets=but_targets)

    def _holds(self, happening: Happening, about: Callable[[Term], bool]) -> bool:
        if any(term.holds(happening) for term in self.but_terms if about(term)):
            return False
        groups = groupby(sorted(filter(about, self.terms), key=lambda term: term.group), lambda term: term.group)
        return all(any(term.holds(happening) for term in terms) for _, terms in groups)


def _in_order(kinds: frozenset[Kind]) -> Iterable[Kind]:
    return (kind for kind in Kind if kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Silence about some stacks in one channel; `until` None: until the one stack that it names is fixed."""

    target: Pattern
    until: datetime | None
    by: str = ""

    def covers(self, stack: StackRef, now: datetime) -> bool:
        """Whether the stack is not to be heard of now. One that is until fixed ends when whoever knows drops it."""
        return not self.over(now) and self.target.covers(stack)

    def over(self, now: datetime) -> bool:
        """Whether its time has come."""
        return self.until is not None and self.until <= now
