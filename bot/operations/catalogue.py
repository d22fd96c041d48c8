"""All commands, by name and alias, and what a mistyped one probably meant."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rapidfuzz.distance import OSA

from bot.operations.base import Entry, Mutation, Order

_CLOSE = 0.62  # of the letters must agree before a guess is worth a button
_BEHIND = 0.15  # a guess that is this much worse than the best one is not worth one


class Catalogue:
    """An ordered, immutable set of commands. Two that share a name or an alias are an error at start."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._by_words: dict[tuple[str, ...], Entry] = {}
        for entry in self.entries:
            for name in (entry.name, *entry.aliases):
                if self._by_words.setdefault(tuple(name.split()), entry) is not entry:
                    raise ValueError(f'two commands are called "{name}"')
        self._longest = max(map(len, self._by_words))

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __getitem__(self, name: str) -> Entry:
        return self._by_words[tuple(name.split())]

    def restore(self, name: str, args: str) -> Order[Any]:
        """The order that was stored as its mutation's name and its arguments' JSON. ValueError: there is none such."""
        mutation = self._by_words.get(tuple(name.split()))
        if not isinstance(mutation, Mutation):
            raise ValueError(f'no change is called "{name}"')  # noqa: TRY004  # the stored text is wrong
        return Order(mutation, mutation.args.model_validate_json(args))

    def find(self, words: Sequence[str]) -> tuple[Entry, int] | None:
        """The command that the words begin with, and how many of them name it; the longest name wins."""
        lowered = [word.lower() for word in words[: self._longest]]
        for length in range(len(lowered), 0, -1):
            if entry := self._by_words.get(tuple(lowered[:length])):
                return entry, length
        return None

    def longer(self, words: Sequence[str], named: int) -> list[tuple[str, int]]:
        """Longer names that the words may have meant although a shorter one was found: `stack lss` for `stack ls`."""
        return [(name, n) for name, n in self.near(words[: named + 1]) if n > named]

    def near(self, words: Sequence[str], limit: int = 3) -> list[tuple[str, int]]:
        """Names over the whole tree that the words probably meant, best first, each with how many words it replaces."""
        found: dict[str, tuple[float, int, str]] = {}
        for names, entry in self._by_words.items():
            score, length = max(_scores(names, words))
            known = found.get(entry.name)
            if score >= _CLOSE and (known is None or score > known[0]):
                found[entry.name] = (score, length, " ".join(names))
        best = sorted(found.items(), key=lambda item: (-item[1][0], len(item[0])))
        enough = best[0][1][0] - _BEHIND if best else 0
        return [(name, length) for name, (score, length, _) in best[:limit] if score >= enough]


def _scores(names: tuple[str, ...], words: Sequence[str]) -> Iterator[tuple[float, int]]:
    """How well the words say this name: all of it, or only its last part (`export` for `stack export`)."""
    said = [word.lower() for word in words]
    yield _alike(" ".join(names), " ".join(said[: len(names)])), min(len(names), len(said))
    if len(names) > 1:
        last = _alike(names[-1], said[0])
        yield last * (0.97 if last == 1 else 0.85), 1


def _alike(left: str, right: str) -> float:
    return OSA.normalized_similarity(left, right)


def near_words(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The known words closest to one that was typed, best first; swapped letters count as one mistake."""
    scored = sorted(
        ((_alike(word.lower(), each.lower()), each) for each in known), key=lambda pair: (-pair[0], pair[1])
    )
    return [each for score, each in scored if score >= _CLOSE][:limit]
