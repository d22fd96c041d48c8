"""The filter language: what is printed is what holds, exclusions win, each mistake names its word."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.filters import Pattern, Term
from bot.happenings import Happening, Kind, kinds_of
from bot.model import Commit, Person, Result, StackRef
from bot.operations.words import normalise, split
from bot.subscription_line import NOT_OFFERED, adds, parse
from bot.subscriptions import DEFAULT_KINDS, Mute, Subscription
from tests.unit.happening import NOON, PROD, happening, meetings, patterns, stacks, subscriptions, terms_near, update

Met = tuple[Subscription, Happening]
FEWER = settings(max_examples=60, deadline=None)
ORGS = ["acme", "newco"]
ALL = frozenset(Kind)


def said(line: str, **beside: Any) -> Subscription:
    return parse(split(normalise(line)), **{"orgs": ORGS, **beside})


def mistake(line: str, **beside: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        said(line, **beside)
    return caught.value


@given(subscriptions())
def test_a_line_says_all_of_it(wanted: Subscription) -> None:
    assert parse(split(wanted.line)) == wanted
    assert parse(split(wanted.line)).line == wanted.line


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("acme", "acme/* failed recovered"),
        ("ACME", "acme/* failed recovered"),
        ("acme/shop", "acme/shop/* failed recovered"),
        ("acme/shop/* failed destroyed", "acme/shop/* failed destroyed"),
        ("shop/prod", "*/shop/prod failed recovered"),
        ("*/prod", "*/*/prod failed recovered"),
        ("*", "* failed recovered"),
        (".", "acme/shop/prod failed recovered"),
        ("failed", "acme/shop/prod failed"),
        ("tag:team=payments failed -kind:preview -user:ci-bot", "tag:team=payments failed -previews -user:ci-bot"),
        (". updates:live", "acme/shop/prod failed recovered updates:live"),
        ("acme live -updates:live", "acme/* failed recovered"),
        ("acme +destroyed", "acme/* failed recovered destroyed"),
        ("acme cancelled success", "acme/* succeeded canceled"),
        ("acme —user:ci-bot", "acme/* failed recovered -user:ci-bot"),
        ("acme message:“fix  the thing”", 'acme/* failed recovered message:"fix the thing"'),
        ("acme deletes&gt;0 changes>=010", "acme/* failed recovered changes>=10 deletes>0"),
        ("acme result:canceled", "acme/* failed recovered result:cancelled"),
        ("https://app.pulumi.com/acme/shop/prod/updates/95 failed", "acme/shop/prod failed"),
        ("acme acme acme/shop/dev -acme/shop/dev/", "acme/* acme/shop/dev -acme/shop/dev failed recovered"),
    ],
)
def test_what_is_typed_is_printed_whole(typed: str, line: str) -> None:
    assert said(typed, here=PROD).line == line


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("acme faild", 'I don\'t know "faild". Did you mean failed?'),
        ("acme drift", '"drift" isn\'t offered yet. I can tell about started, succeeded, '),
        ("acme kind:tokens", '"tokens" isn\'t offered yet.'),
        ("acme kind:faild", 'I don\'t know "faild". Did you mean failed?'),
        ("acme kind:x", "kind: takes started, "),
        ("acme usr:ann", 'I don\'t know "usr:". Did you mean user:?'),
        ("acme colour:red", 'I don\'t know "colour:".'),
        ("acme delets>0", 'I don\'t know "delets". Did you mean deletes?'),
        ("acme deletes=4", "deletes takes a number, such as deletes>0."),
        ("acme deletes>many", "deletes takes a number, such as deletes>0."),
        ("acme changes>1 changes>2", "changes is there twice."),
        ("acme env=prod", "I don't know \"env=\". A stack's tag is tag:env=prod."),
        ("acme user:", "user: needs a value, such as user:ci-bot."),
        ("acme tag:=x", "tag: needs a value, such as tag:team=payments."),
        ("acme user:<@U0ANN00001>", "user: takes a Pulumi login"),
        ("acme result:broken", 'result: takes succeeded, failed or cancelled, not "broken".'),
        ("acme updates:off", 'updates: takes live, not "off".'),
        ("acme -", '"-" says nothing.'),
        ("amce", 'I don\'t know "amce". Did you mean acme?'),
        ("amce/shop/*", "I don't know an organization amce. Did you mean acme?"),
        ("elsewhere/shop/prod", "I don't know an organization elsewhere."),
        ("acme/a/b/c", '"acme/a/b/c" has too many parts.'),
        ("acme/shop/pr,od", "\"pr,od\" can't be part of a stack's name."),
        ("https://evil.example/nothing", "https://evil.example/nothing isn't the page of a stack."),
        ("<#C0PLATFRM2> failed", 'I don\'t know "#C0PLATFRM2".'),
        ("prod", 'I don\'t know "prod".'),
        (".", "This channel has no default stack."),
        ("failed", "Which stacks?"),
        ("-acme/shop/dev", "Say which stacks to tell of, not only which to leave out."),
        ("acme failed -failed", "That leaves nothing to tell"),
        ("acme message:" + "x" * 1000, "That is too long."),
        ("tag:a=" + "x" * 500, "That is too long."),
    ],
)
def test_each_mistake_names_its_word(typed: str, text: str) -> None:
    error = mistake(typed)
    assert error.text.startswith(text)
    assert "\ue000" not in error.text + error.hint + error.typed


@pytest.mark.parametrize("word", sorted(NOT_OFFERED))
def test_what_is_not_offered_is_known_by_name(word: str) -> None:
    assert mistake(f"acme {word}").text.startswith(f'"{word}" isn\'t offered yet.')
    assert mistake(f"acme -kind:{word.upper()}").text.endswith(", deleted.")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("acme faild -user:ci-bot", "subscribe acme failed -user:ci-bot"),
        ("acme -kind:faild", "subscribe acme -kind:failed"),
        ('acme -usr:"two words"', 'subscribe acme "-user:two words"'),
        ("amce/shop/* failed", "subscribe acme/shop/* failed"),
        ("acme delets>0", "subscribe acme deletes>0"),
        ("acme env=prod", "subscribe acme tag:env=prod"),
    ],
)
def test_a_typo_is_offered_mended_and_that_reads(typed: str, offered: str) -> None:
    assert mistake(typed).commands[0] == offered
    assert said(offered.removeprefix("subscribe ")).targets


def test_a_mistake_of_another_command_offers_that_command() -> None:
    assert mistake("amce/shop/*", verb="mute").commands == ("mute acme/shop/*",)
    assert mistake("amce/shop/*", verb="mute").typed == "mute amce/shop/*"


def test_without_knowing_the_organizations_a_lone_word_is_one() -> None:
    assert parse(["acme"]) == said("acme")
    assert parse(["shop/prod"]).targets == (Pattern("shop", "prod"),)
    assert parse(["created/*"]).targets == (Pattern("created"),)


def test_the_laws_are_tried_on_what_is_wanted() -> None:
    """Laws about what is wanted say nothing where nothing is."""
    seen = Counter[str]()

    @settings(max_examples=300, derandomize=True, database=None, deadline=None)
    @given(meetings())
    def tried(met: Met) -> None:
        wanted, told = met
        seen["wanted for several terms"] += wanted.wants(told) and len(wanted.terms) > 1
        only_kinds = bool(wanted.but_kinds & told.kinds) and replace(wanted, but_kinds=frozenset()).wants(told)
        seen["left out by its kind alone"] += only_kinds

    tried()
    assert seen["wanted for several terms"]
    assert seen["left out by its kind alone"]


@FEWER
@given(meetings())
def test_exclusions_always_win(met: Met) -> None:
    wanted, told = met
    excluded = (
        any(each.covers(told.stack) for each in wanted.but_targets)
        or bool(told.kinds & wanted.but_kinds)
        or any(each.holds(told) for each in wanted.but_terms)
    )
    assert not (excluded and wanted.wants(told))


@FEWER
@given(meetings(), st.one_of(patterns, terms_near, st.sampled_from(Kind)))
def test_another_exclusion_never_adds(met: Met, more: Pattern | Term | Kind) -> None:
    wanted, told = met
    match more:
        case Pattern():
            fewer = replace(wanted, but_targets=(*wanted.but_targets, more))
        case Term():
            fewer = replace(wanted, but_terms=(*wanted.but_terms, more))
        case _:
            fewer = replace(wanted, but_kinds=wanted.but_kinds | {more})
    assert wanted.wants(told) or not fewer.wants(told)


@FEWER
@given(meetings(), patterns)
def test_targets_are_alternatives(met: Met, more: Pattern) -> None:
    wanted, told = met
    one, other = replace(wanted, targets=(more,)), replace(wanted, targets=(*wanted.targets, more))
    assert other.wants(told) == (wanted.wants(told) or one.wants(told))
    assert wanted.wants(told) == any(each.wants(told) for each in wanted.apart)


@FEWER
@given(meetings(), st.frozensets(st.sampled_from(Kind)))
def test_kinds_are_alternatives(met: Met, more: frozenset[Kind]) -> None:
    wanted, told = met
    one, other = replace(wanted, kinds=more), replace(wanted, kinds=wanted.kinds | more)
    assert other.wants(told) == (wanted.wants(told) or one.wants(told))


@FEWER
@given(meetings(), terms_near)
def test_terms_of_one_sort_are_alternatives_and_another_sort_must_hold_too(met: Met, more: Term) -> None:
    wanted, told = met
    other = replace(wanted, terms=tuple(sorted({*wanted.terms, more})))
    if more.group in {each.group for each in wanted.terms}:
        assert other.wants(told) or not wanted.wants(told)
    else:
        assert other.wants(told) == (wanted.wants(told) and more.holds(told))


@FEWER
@given(meetings())
def test_cheap_answers_never_lose_anything(met: Met) -> None:
    wanted, told = met
    if wanted.wants(told):
        assert wanted.could_want(told.stack)
        assert wanted.would_want(replace(told, tags=None))
    if not wanted.needs_tags:
        assert wanted.would_want(told) == wanted.wants(told) == wanted.wants(replace(told, tags=None))


def test_tags_that_were_not_read_are_asked_for_only_where_they_decide() -> None:
    wanted = said("tag:team=pay* failed")
    assert wanted.needs_tags
    with pytest.raises(ValueError, match="tags have to be read"):
        wanted.wants(happening())
    assert not wanted.wants(happening(result=Result.SUCCEEDED))
    assert wanted.wants(happening({"Team": "payments"}))
    assert not wanted.wants(happening({}))


@pytest.mark.parametrize(
    ("line", "facts", "wants"),
    [
        ("acme failed", {}, True),
        ("newco failed", {}, False),
        ("acme/*/prod* failed", {}, True),
        ("acme/*/prod? failed", {}, False),
        ("ACME/Shop/Prod failed", {}, True),
        ("acme user:ann", {"requested_by": Person("Ann")}, True),
        ("acme user:ann user:bo", {"requested_by": Person("bo")}, True),
        ("acme user:ann", {}, False),
        ("acme -user:ci-bot", {"requested_by": Person("ci-bot")}, False),
        ("acme -user:ci-bot", {}, True),
        ("acme message:fix", {"message": "A Fix for it"}, True),
        ("acme message:[wip]", {"message": "a w"}, False),
        ("acme message:[wip]", {"message": "now [WIP]"}, True),
        ("acme branch:main", {"commit": Commit(branch="main")}, True),
        ("acme branch:main", {"commit": Commit(branch="mainline")}, False),
        ("acme env:ci.system=GitHub*", {"environment": {"ci.system": "GitHub Actions"}}, True),
        ("acme env:ci.system", {"environment": {"ci.system": ""}}, True),
        ("acme env:ci", {"environment": {"ci.system": ""}}, False),
        ("acme deletes>0", {"changes": {"delete": 1}}, True),
        ("acme deletes>0", {"changes": {"replace": 1}}, False),
        ("acme deletes>0", {"changes": None}, False),
        ("acme -deletes<=5", {"changes": None}, True),
        ("acme changes>3", {"changes": {"same": 90, "create": 2, "replace": 1}}, False),
        ("acme changes>=3", {"changes": {"same": 90, "create": 2, "replace": 1}}, True),
        ("acme failed previews result:failed", {"preview": True}, True),
        ("acme failed", {"preview": True}, False),
        ("acme succeeded -destroyed", {"kind": "destroy", "result": Result.SUCCEEDED}, False),
        ("acme destroyed", {"kind": "destroy", "result": Result.SUCCEEDED}, True),
        ("acme destroyed", {"kind": "destroy"}, False),
    ],
)
def test_what_an_update_has_to_be_like(line: str, facts: dict[str, Any], wants: bool) -> None:  # noqa: FBT001
    assert said(line).wants(happening({}, **facts)) is wants


def test_each_tag_is_a_sort_of_its_own() -> None:
    wanted = said("tag:team=a tag:team=b tag:env=prod failed")
    assert wanted.wants(happening({"team": "b", "env": "prod"}))
    assert not wanted.wants(happening({"team": "b"}))
    assert not said("acme -tag:env=dev").wants(happening({"env": "dev"}))


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        ({"result": Result.RUNNING}, {Kind.STARTED}),
        ({"result": Result.FAILED, "policy": True}, {Kind.FAILED, Kind.POLICY}),
        ({"result": Result.SUCCEEDED, "after_failure": True}, {Kind.SUCCEEDED, Kind.RECOVERED}),
        ({"result": Result.SUCCEEDED, "kind": "destroy"}, {Kind.SUCCEEDED, Kind.DESTROYED}),
        ({"result": Result.SUCCEEDED, "kind": "refresh", "policy": True}, {Kind.SUCCEEDED, Kind.REFRESHED}),
        ({"result": Result.FAILED, "kind": "destroy", "after_failure": True}, {Kind.FAILED}),
        ({"result": Result.CANCELLED}, {Kind.CANCELED}),
        ({"result": Result.UNKNOWN, "after_failure": True}, set()),
        ({"result": Result.FAILED, "preview": True, "policy": True}, {Kind.PREVIEWS}),
    ],
)
def test_one_update_may_be_several_kinds(facts: dict[str, Any], kinds: set[Kind]) -> None:
    how = {name: facts.pop(name) for name in ("policy", "after_failure") if name in facts}
    assert kinds_of(update(**facts), **how) == kinds


def test_what_is_about_the_stack_itself_has_no_update() -> None:
    gone = Happening(stack=PROD, kinds=frozenset({Kind.DELETED}), at=NOON)
    assert said("acme deleted -user:ci-bot").wants(gone)
    assert not said("acme deleted user:ann").wants(gone)


def test_live_looks_at_nothing_that_only_the_end_tells() -> None:
    wanted = said("acme/shop/* failed result:failed deletes>0 -user:ci-bot updates:live")
    began = happening(result=Result.RUNNING, requested_by=Person("ann"))
    assert wanted.follows(began)
    assert not wanted.wants(began)
    assert not wanted.follows(happening(result=Result.RUNNING, requested_by=Person("ci-bot")))
    assert not wanted.follows(happening(result=Result.RUNNING, preview=True))
    assert not replace(wanted, live=False).follows(began)
    assert not said("newco live").follows(began)
    assert said("acme -failed -recovered live").follows(began)


def test_previews_are_looked_for_where_they_are_wanted() -> None:
    assert said("acme previews").previews
    assert not said("acme failed").previews
    assert not said("acme failed previews -previews").previews


def test_plus_adds_to_what_was_said_before() -> None:
    before = said("acme failed -user:ci-bot user:ann updates:live")
    again = said("acme +destroyed +user:bo -previews", before=before)
    assert again.line == "acme/* failed destroyed -previews user:ann user:bo -user:ci-bot updates:live"
    assert said("acme succeeded +user:ci-bot -updates:live", before=before).line == (
        "acme/* succeeded user:ann user:ci-bot"
    )
    assert said("acme -user:ann", before=before).line == "acme/* failed -user:ann -user:ci-bot updates:live"
    assert adds(["acme", "+destroyed"])
    assert not adds(["acme", "destroyed"])


@given(subscriptions(), st.sampled_from(Kind))
def test_plus_keeps_everything_that_was_wanted(before: Subscription, kind: Kind) -> None:
    words = [*map(str, before.targets), f"+{kind}"]
    again = parse(words, before=before)
    assert again == replace(before, kinds=before.kinds | {kind}, but_kinds=before.but_kinds - {kind})


def test_a_key_is_what_it_is_about() -> None:
    assert said("Acme/Shop/* failed user:ann").key == "acme/shop/*"
    assert said("acme/shop/* tag:env=prod").key == "acme/shop/*"
    assert said('tag:Team="the a" failed -tag:env=dev').key == 'tag:"team=the a"'
    assert [each.key for each in said("newco acme/shop/prod").apart] == ["acme/shop/prod", "newco/*"]
    assert said("tag:a tag:b").apart == (said("tag:b tag:a"),)


@given(patterns)
def test_a_pattern_is_written_as_it_is_read(pattern: Pattern) -> None:
    assert Pattern.parse(str(pattern)) == pattern


@given(stacks, patterns)
def test_only_what_names_one_stack_moves(stack: StackRef, pattern: Pattern) -> None:
    new = StackRef("newco", "web", "live")
    assert Pattern.of(stack).covers(stack)
    assert Pattern.of(stack).moved(stack, new) == Pattern.of(new)
    assume(pattern.exact is None)
    assert pattern.moved(stack, new) == pattern


def test_a_stack_that_moves_keeps_its_subscription() -> None:
    wanted = said("acme/shop/prod -acme/shop/dev failed")
    assert wanted.moved(PROD, StackRef("newco", "shop", "prod")).line == "newco/shop/prod -acme/shop/dev failed"
    assert said("acme/shop/* failed").moved(PROD, StackRef("newco", "a", "b")) == said("acme/shop/* failed")


def test_a_mute_ends_with_its_time() -> None:
    hour = timedelta(hours=1)
    mute = Mute(target=Pattern.parse("acme/shop/*"), until=NOON + hour)
    assert mute.covers(PROD, NOON)
    assert not mute.covers(StackRef("acme", "web", "prod"), NOON)
    assert not mute.covers(PROD, NOON + hour)
    assert mute.over(NOON + hour)
    assert Mute(target=Pattern.of(PROD), until=None).covers(PROD, NOON + 1000 * hour)


def test_the_defaults_are_failures_and_their_end() -> None:
    assert said("acme").kinds == DEFAULT_KINDS == {Kind.FAILED, Kind.RECOVERED}
    assert said(f"acme {' '.join(Kind)}").kinds == ALL
