"""Reads what somebody typed after `subscribe`. Pure: names are not looked up; each mistake names its word.

`parse(split(subscription.line))` gives the subscription again.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.console import read_console_url
from bot.errors import UsageError
from bot.filters import FIELDS, MEASURE, MEASURES, Pattern, Term, fits, wild
from bot.happenings import Kind
from bot.model import Result, StackRef
from bot.operations.catalogue import near_words
from bot.operations.words import mention, quote, shown
from bot.subscriptions import DEFAULT_KINDS, Subscription

_ALIASES: Final = {
    Kind.CANCELED: ("cancelled", "cancel"),
    Kind.PREVIEWS: ("preview",),
    Kind.STARTED: ("start",),
    Kind.SUCCEEDED: ("success",),
    Kind.FAILED: ("failure", "failures", "fail"),
    Kind.RECOVERED: ("fixed",),
    Kind.DESTROYED: ("destroy",),
    Kind.REFRESHED: ("refresh",),
    Kind.POLICY: ("policies",),
}
KINDS: Final = {word: kind for kind in Kind for word in (kind.value, *_ALIASES.get(kind, ()))}
NOT_OFFERED: Final = frozenset(
    {
        *("drift", "deployment", "deployments", "long-running", "transferred", "tags", "member", "members", "digest"),
        *("role", "roles", "role-changed", "token", "tokens", "team", "teams", "webhooks", "audit", "environments"),
    }
)
_RESULTS: Final = {**{each.value: each for each in Result if each.final}, "canceled": Result.CANCELLED}
_FIELD = re.compile(r"([A-Za-z][A-Za-z-]*):(.*)")
_NUMBER = re.compile(r"([A-Za-z]+)([<>=].*)")
_PAGE = re.compile(r"https?://", re.IGNORECASE)
_LONGEST = 1000  # characters of a line; a target's key is kept in a column of 400
_LONGEST_KEY = 400
_ALL_KINDS: Final = ", ".join(Kind)
_EXAMPLES: Final = {
    "tag": "tag:team=payments",
    "user": "user:ci-bot",
    "message": 'message:"fix the", with quotes around spaces',
    "branch": "branch:main",
    "env": "env:ci.system=GitHub*",
    "result": "result:failed",
}


def parse(
    words: Sequence[str],
    *,
    here: StackRef | None = None,
    orgs: Collection[str] = (),
    before: Subscription | None = None,
    verb: str = "subscribe",
) -> Subscription:
    """Read the words. Raises UsageError.

    `here` is what `.` means, and what is meant when no stack is named. `orgs` are the organizations there are (empty:
    not known): a lone word may name one, and `shop/prod` is a project's stack when there is no organization shop.
    `before` is what the words are added to, as far as they say `+`. `verb` begins the lines that an error offers.
    """
    return _Reader([verb, *words], here, tuple(orgs), before).read()


def adds(words: Iterable[str]) -> bool:
    """Whether something is to be added to what was said before, rather than said anew."""
    return any(word.startswith("+") for word in words)


@dataclass(slots=True)
class _Said:
    """What was read so far, without its doubles."""

    targets: set[Pattern] = field(default_factory=set)
    kinds: set[Kind] = field(default_factory=set)
    terms: set[Term] = field(default_factory=set)


class _Reader:
    """Reads one line; a reader is used once."""

    def __init__(
        self, words: Sequence[str], here: StackRef | None, orgs: tuple[str, ...], before: Subscription | None
    ) -> None:
        self._words = list(words)  # the first is the command's
        self._here = here
        self._orgs = orgs
        self._before = before
        self._yes, self._no, self._more = _Said(), _Said(), _Said()
        self._live = before is not None and before.live
        self._at = 0

    def read(self) -> Subscription:
        for at, word in enumerate(self._words[1:], 1):
            self._at = at
            self._take(word)
        made = self._made()
        if not made.wanted_kinds and not made.live:
            raise self._wrong("That leaves nothing to tell: every kind is left out again.")
        if len(made.line) > _LONGEST or max(len(each.key) for each in made.apart) > _LONGEST_KEY:
            raise self._wrong("That is too long. Make several subscriptions of it.")
        return made

    def _take(self, word: str) -> None:
        body = word.lstrip("+-")
        said = self._no if word.startswith("-") else self._more if word.startswith("+") else self._yes
        if not body:
            raise self._wrong(f'"{shown(word)}" says nothing.')
        if _PAGE.match(body):
            said.targets.add(self._page(body))
        elif found := _FIELD.fullmatch(body):
            self._take_field(said, found[1].lower(), found[2])
        elif found := _NUMBER.fullmatch(body):
            self._take_measure(said, found[1].lower(), found[2])
        elif "/" in body or wild(body) or body == ".":
            said.targets.add(self._target(body))
        else:
            self._take_word(said, body)

    def _take_word(self, said: _Said, word: str) -> None:
        if kind := KINDS.get(word.lower()):
            said.kinds.add(kind)
        elif word.lower() == "live":
            self._live = said is not self._no
        elif word.lower() in NOT_OFFERED:
            raise self._wrong(f'"{word}" isn\'t offered yet. I can tell about {_ALL_KINDS}.')
        elif org := next((org for org in self._orgs if org.casefold() == word.casefold()), None):
            said.targets.add(Pattern(org))
        elif near := near_words(word, [*Kind, *self._orgs]):
            raise self._unlike(word, near, word)
        elif self._orgs or mention(word):
            text = f'I don\'t know "{shown(word)}".'
            raise self._wrong(text, hint=f"Stacks are acme/shop/prod, acme/shop/* or acme/*; kinds are {_ALL_KINDS}.")
        else:
            said.targets.add(self._pattern(word))

    def _take_field(self, said: _Said, name: str, value: str) -> None:
        value = " ".join(value.split())
        if name == "kind":
            self._take_kind(said, value)
        elif name == "updates":
            self._take_updates(said, value)
        elif name not in FIELDS:
            raise self._unlike(name, near_words(name, [*FIELDS, "kind", "updates"]), name + ":", ":")
        elif not value or value.startswith("="):
            raise self._wrong(f"{name}: needs a value, such as {_EXAMPLES[name]}.")
        elif name == "user" and "\ue000" in value:
            raise self._wrong("user: takes a Pulumi login, such as user:ci-bot.")
        else:
            said.terms.add(Term(name, self._result(value) if name == "result" else value))

    def _take_kind(self, said: _Said, value: str) -> None:
        kind = KINDS.get(value.lower())
        if kind is None and value.lower() not in NOT_OFFERED:
            near = near_words(value, Kind)
            raise self._unlike(value, near, value) if near else self._wrong(f"kind: takes {_ALL_KINDS}.")
        self._take_word(said, value)

    def _take_updates(self, said: _Said, value: str) -> None:
        if value.lower() != "live":
            raise self._wrong(f'updates: takes live, not "{shown(value)}".')
        self._live = said is not self._no

    def _result(self, value: str) -> str:
        if value.lower() not in _RESULTS:
            raise self._wrong(f'result: takes succeeded, failed or cancelled, not "{shown(value)}".')
        return _RESULTS[value.lower()].value

    def _take_measure(self, said: _Said, name: str, limit: str) -> None:
        if name not in MEASURES and limit.startswith("="):
            line = self._line(f"tag:{name}{limit}")
            raise self._wrong(f"I don't know \"{name}=\". A stack's tag is tag:{name}{limit}.", (line,))
        if name not in MEASURES:
            raise self._unlike(name, near_words(name, MEASURES), name)
        found = MEASURE.fullmatch(limit)
        if not found:
            raise self._wrong(f"{name} takes a number, such as {name}>0.")
        term = Term(name, f"{found[1]}{int(found[2])}")
        if any(each.field == name and each != term for each in said.terms):
            raise self._wrong(f"{name} is there twice. For both ends, leave one out: {name}>5 -{name}>10.")
        said.terms.add(term)

    def _page(self, url: str) -> Pattern:
        page = read_console_url(url)
        if page is None:
            raise self._wrong(f"{shown(url)} isn't the page of a stack.")
        return Pattern.of(page.stack)

    def _target(self, text: str) -> Pattern:
        if text == ".":
            if self._here is None:
                raise self._wrong("This channel has no default stack.", hint="Set one with: use <target>")
            return Pattern.of(self._here)
        pattern = self._pattern(text)
        parts = text.strip("/").split("/")
        if not self._orgs or wild(pattern.org) or any(fits(org, pattern.org) for org in self._orgs):
            return pattern
        near = near_words(pattern.org, self._orgs)
        if len(parts) == 2 and not near:  # noqa: PLR2004  # project/stack
            return Pattern("*", *parts)
        if near:
            raise self._unlike(pattern.org, near, pattern.org, what="I don't know an organization {}.")
        raise self._wrong(f"I don't know an organization {pattern.org}.", hint=f"I serve {', '.join(self._orgs)}.")

    def _pattern(self, text: str) -> Pattern:
        try:
            return Pattern.parse(text)
        except ValueError as error:
            hint = "Write it like acme/shop/prod, acme/shop/* or acme/*."
            raise self._wrong(f"{shown(str(error))}.", hint=hint) from None

    def _made(self) -> Subscription:
        before, yes, no, more = self._before, self._yes, self._no, self._more
        kinds = frozenset(yes.kinds) or (before.kinds if before else DEFAULT_KINDS)
        kept = before or Subscription(targets=())
        terms = {*kept.terms, *yes.terms, *more.terms} - (no.terms - yes.terms - more.terms)
        return Subscription(
            targets=self._about(terms),
            but_targets=tuple(sorted({*kept.but_targets, *no.targets} - more.targets)),
            kinds=kinds | more.kinds,
            but_kinds=(kept.but_kinds - more.kinds) | frozenset(no.kinds),
            terms=tuple(sorted(terms)),
            but_terms=tuple(sorted({*kept.but_terms, *no.terms} - more.terms)),
            live=self._live,
        )

    def _about(self, terms: Iterable[Term]) -> tuple[Pattern, ...]:
        targets = {*self._yes.targets, *self._more.targets}
        if targets or any(term.field == "tag" for term in terms):
            return tuple(sorted(targets))
        if self._no.targets:
            least = min(self._no.targets)
            raise self._wrong(
                "Say which stacks to tell of, not only which to leave out.", hint=f"For example: {least.org}/*"
            )
        if self._here is None:
            raise self._wrong(
                "Which stacks?", hint="Name some, such as acme/shop/*, or set a default with: use <target>"
            )
        return (Pattern.of(self._here),)

    def _unlike(
        self, word: str, near: Sequence[str], typed: str, end: str = "", what: str = 'I don\'t know "{}".'
    ) -> UsageError:
        """For a word that is not known: the whole line as it was perhaps meant."""
        said = what.format(shown(word + end))
        if not near:
            fields = ", ".join(f"{each}:" for each in FIELDS)
            return self._wrong(said, hint=f"There is {fields} and {', '.join(f'{each}>0' for each in MEASURES)}.")
        sign, rest = re.split(re.escape(typed), self._words[self._at], maxsplit=1, flags=re.IGNORECASE)
        lines = tuple(self._line(f"{sign}{each}{end}{rest}") for each in near)
        return self._wrong(f"{said} Did you mean {near[0]}{end}?", lines)

    def _line(self, word: str) -> str:
        words = [*self._words[: self._at], word, *self._words[self._at + 1 :]]
        return " ".join(quote(shown(each)) for each in words)

    def _wrong(self, text: str, commands: tuple[str, ...] = (), hint: str = "") -> UsageError:
        return UsageError(text, commands, hint, typed=" ".join(map(shown, self._words)))
