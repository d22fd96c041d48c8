"""Happenings and subscriptions to draw from: few words, so that they often meet."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bot.filters import Pattern, Term
from bot.happenings import Happening, Kind, kinds_of
from bot.model import Commit, Person, Result, StackRef, UpdateInfo
from bot.subscriptions import Subscription

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PROD = StackRef("acme", "shop", "prod")
NAMES = ["acme", "newco", "shop", "prod", "prod-eu", "dev"]


def update(stack: StackRef = PROD, **facts: Any) -> UpdateInfo:
    """An update that failed, unless something else is said."""
    usual: dict[str, Any] = {"kind": "update", "preview": False, "result": Result.FAILED}
    return UpdateInfo(stack=stack, update_id="u-1", version=7, **{**usual, **facts})


def happening(tags: Mapping[str, str] | None = None, kinds: frozenset[Kind] | None = None, **facts: Any) -> Happening:
    """What there is to tell of such an update."""
    made = update(**facts)
    return Happening(stack=made.stack, kinds=kinds or kinds_of(made), at=NOON, update=made, tags=tags)


stacks = st.builds(StackRef, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(NAMES))
_globs = st.sampled_from([*NAMES, "*", "prod*", "?ev", "P*"])
patterns = st.builds(Pattern, _globs, _globs, _globs)
_text = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
_values = st.one_of(st.sampled_from(["ann", "ci-bot", "fix the thing", 'a "quoted" \\ word', "*", "m?in"]), _text)
_plain = _values.filter(lambda value: not value.startswith("="))
terms = st.one_of(
    st.builds(Term, st.sampled_from(["user", "message", "branch"]), _plain),
    st.builds(
        Term, st.sampled_from(["tag", "env"]), st.sampled_from(["team", "team=a", "team=b*", "Env=prod", "x=a b"])
    ),
    st.builds(Term, st.just("result"), st.sampled_from(["succeeded", "failed", "cancelled"])),
)
measures = st.builds(
    lambda name, sign, limit: Term(name, f"{sign}{limit}"),
    st.sampled_from(["changes", "deletes", "replaces"]),
    st.sampled_from([">", ">=", "<", "<="]),
    st.integers(0, 9),
)
kinds = st.frozensets(st.sampled_from(Kind))


@st.composite
def subscriptions(draw: st.DrawFn) -> Subscription:
    """Any that the parser could give."""
    targets = draw(st.lists(patterns, min_size=1, max_size=3, unique=True))
    wanted = draw(st.lists(terms, max_size=4, unique=True)) + draw(
        st.lists(measures, max_size=2, unique_by=lambda each: each.field)
    )
    unwanted = draw(st.lists(terms, max_size=3, unique=True))
    said, left_out = draw(kinds.filter(bool)), draw(kinds)
    live = draw(st.booleans()) or said <= left_out
    return Subscription(
        targets=tuple(sorted(targets)),
        but_targets=tuple(sorted(draw(st.lists(patterns, max_size=2, unique=True)))),
        kinds=said,
        but_kinds=left_out,
        terms=tuple(sorted(wanted)),
        but_terms=tuple(sorted(unwanted)),
        live=live,
    )


@st.composite
def happenings(draw: st.DrawFn) -> Happening:
    """Anything that may happen, its tags read."""
    stack = draw(stacks)
    made = draw(
        st.none()
        | st.builds(
            UpdateInfo,
            stack=st.just(stack),
            update_id=st.just("u-1"),
            version=st.just(1),
            kind=st.sampled_from(["update", "destroy", "refresh"]),
            preview=st.booleans(),
            result=st.sampled_from(Result),
            message=st.sampled_from(["", "fix the thing", "other"]),
            changes=st.none()
            | st.dictionaries(st.sampled_from(["same", "delete", "create", "replace"]), st.integers(1, 9)),
            requested_by=st.none() | st.builds(Person, st.sampled_from(["ann", "ci-bot"])),
            commit=st.none() | st.builds(Commit, branch=st.sampled_from(["main", "dev"])),
            environment=st.dictionaries(st.sampled_from(["team", "env"]), st.sampled_from(["a", "prod"])),
        )
    )
    return Happening(
        stack=stack,
        kinds=draw(kinds),
        at=NOON,
        update=made,
        tags=draw(st.dictionaries(st.sampled_from(["team", "env", "x"]), st.sampled_from(["a", "b2", "prod"]))),
    )


def _true_of(told: Happening) -> list[Term]:
    """Terms that hold."""
    found = [Term("tag", f"{name}={value}") for name, value in (told.tags or {}).items()]
    if told.update:
        found += [Term("message", told.update.message)] if told.update.message else []
        found += [Term("user", told.update.requested_by.login)] if told.update.requested_by else []
        found += [Term("env", name) for name in told.update.environment]
    return found


@st.composite
def meetings(draw: st.DrawFn) -> tuple[Subscription, Happening]:
    """A subscription and something that it is about, or nearly: half of them are wanted."""
    told = draw(happenings().filter(lambda each: bool(each.kinds)))
    true = _true_of(told)
    holding = draw(st.lists(st.sampled_from(true), max_size=3, unique=True)) if true else []
    wanted = {*holding, *draw(st.lists(st.sampled_from([*true, *_OTHERS]), max_size=1))}
    near = st.sampled_from([Pattern("*"), Pattern.of(told.stack), Pattern(told.stack.org), Pattern("other")])
    targets = {draw(near), *draw(st.lists(near, max_size=1))}
    seldom = st.integers(0, 3).map(lambda dice: dice == 0)
    return Subscription(
        targets=tuple(sorted(targets)),
        but_targets=(draw(near),) if draw(seldom) else (),
        kinds=frozenset({draw(st.sampled_from(sorted(told.kinds)))}) | draw(kinds),
        but_kinds=frozenset({draw(st.sampled_from(Kind))}) if draw(seldom) else frozenset(),
        terms=tuple(sorted(wanted)),
        but_terms=(draw(st.sampled_from([*true, *_OTHERS])),) if draw(seldom) else (),
    ), told


_OTHERS = [
    Term("user", "ann"),
    Term("user", "ci-bot"),
    Term("tag", "team=a"),
    Term("tag", "env"),
    Term("env", "team=a"),
]
terms_near = st.one_of(st.sampled_from(_OTHERS), terms)
