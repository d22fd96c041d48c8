"""The policy file: every mistake is named with its line, the first rule that fits decides, what is not known denies."""

from contextlib import suppress
from dataclasses import replace
from fnmatch import translate
from re import IGNORECASE, fullmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approvals import Ruling
from bot.model import Risk, StackRef
from bot.policy import DEFAULT, Denied, Passed, Policy, PolicyError, Rule, Subject
from bot.policy_check import CHANGES
from bot.rule import Match

FILE = """
[groups]
approvers = ["@SRE", "U012ABC"]
auditors = "U0DEE00004"

[[rule]]
match     = { operation = "stack rm", stack = "acme/*/prod*", tags = { env = "prod" } }
approvals = 2
approvers = ["approvers", "S012ABC"]
reason    = true
channel   = "#prod-approvals"

[[rule]]
match = { operation = ["team *", "org *"], org = "acme" }
refuse = "people are managed elsewhere"

[[rule]]
match = { risk = ["low"], stack = ["acme/*/dev", "acme/*/test"] }
approvals = 0
"""
STACK = StackRef("acme", "shop", "prod-eu")
DELETE = Subject(operation="stack rm", risk=Risk.HIGH, org="acme", stack=STACK, tags={"env": "prod"})


def read(text: str) -> Policy:
    return Policy.parse(text, CHANGES)


def test_the_first_rule_that_fits_decides() -> None:
    assert read(FILE).decide(DELETE) == Ruling(
        risk=Risk.HIGH,
        approvals=2,
        approvers=("@sre", "U012ABC", "S012ABC"),
        rule="rule 1 (stack rm on acme/*/prod* tagged env=prod)",
        reason=True,
        channel="#prod-approvals",
    )


def test_what_a_rule_leaves_out_goes_by_the_class_of_the_change() -> None:
    ruling = read(FILE).decide(replace(DELETE, risk=Risk.ADMIN))
    assert isinstance(ruling, Ruling)
    assert (ruling.approvals, ruling.typed, ruling.reason) == (2, True, True)
    for text, (approvals, typed, reason) in {
        "approvals = 1": (1, True, True),
        "typed = false": (2, False, True),
        "reason = false": (2, True, False),
    }.items():
        ruling = read(f'[groups]\napprovers = "@sre"\n[[rule]]\n{text}').decide(replace(DELETE, risk=Risk.ADMIN))
        assert isinstance(ruling, Ruling)
        assert (ruling.approvals, ruling.typed, ruling.reason) == (approvals, typed, reason)


@pytest.mark.parametrize(("risk", "approvals"), [(Risk.LOW, 1), (Risk.HIGH, 1), (Risk.ADMIN, 2)])
def test_where_no_rule_fits_the_class_decides(risk: Risk, approvals: int) -> None:
    ruling = read(FILE).decide(Subject(operation="token create", risk=risk))
    assert isinstance(ruling, Ruling)
    assert (ruling.approvals, ruling.approvers) == (approvals, ("@sre", "U012ABC"))
    assert ruling.typed is ruling.reason is (risk is Risk.ADMIN)
    assert ruling.rule == f"the default for {risk.value}-risk changes"


def test_without_approvers_nothing_is_changed_and_the_two_lines_are_told() -> None:
    for policy in (DEFAULT, read('[groups]\nauditors = "U012ABC"')):
        denied = policy.decide(DELETE)
        assert isinstance(denied, Denied)
        assert "[groups]" in denied.fix
        assert 'approvers = ["@sre"]' in denied.fix


def test_a_rule_may_refuse_with_its_reason() -> None:
    denied = read(FILE).decide(Subject(operation="team rm", risk=Risk.HIGH, org="acme"))
    assert isinstance(denied, Denied)
    assert denied.why == "Refused by rule 2 (team * or org * in acme): people are managed elsewhere"


def test_confirming_it_oneself_needs_a_rule_that_says_so() -> None:
    dev = Subject(operation="stack tag set", risk=Risk.LOW, org="acme", stack=StackRef("acme", "shop", "dev"), tags={})
    ruling = read(FILE).decide(dev)
    assert isinstance(ruling, Ruling)
    assert ruling.approvals == 0
    other = read(FILE).decide(replace(dev, risk=Risk.HIGH))
    assert isinstance(other, Ruling)
    assert other.approvals == 1


def test_it_is_explained_why_the_others_did_not_decide() -> None:
    passed, ruling = read(FILE).explain(replace(DELETE, tags={"env": "dev"}))
    assert passed == (
        Passed("rule 1 (stack rm on acme/*/prod* tagged env=prod)", "it is about stacks tagged env=prod"),
        Passed("rule 2 (team * or org * in acme)", "it is about team * or org *"),
        Passed("rule 3 (every change on acme/*/dev or acme/*/test of low risk)", "it is about changes of low risk"),
    )
    assert isinstance(ruling, Ruling)
    assert ruling.rule == "the default for high-risk changes"


@pytest.mark.parametrize("approvals", [0, 2])
def test_tags_that_nobody_could_read_deny_what_goes_by_them(approvals: int) -> None:
    policy = read(FILE.replace("approvals = 2", f"approvals = {approvals}"))
    denied = policy.decide(replace(DELETE, tags=None))
    assert isinstance(denied, Denied)
    assert "can't be read" in denied.why
    assert not isinstance(policy.decide(replace(DELETE, operation="stack transfer", tags=None)), Denied)


def test_names_and_channels_are_listed_once_each() -> None:
    policy = read(FILE)
    assert policy.names == ("@sre", "U012ABC", "U0DEE00004", "S012ABC")
    assert policy.channels == ("#prod-approvals",)
    assert policy.auditors == ("U0DEE00004",)


HEAD = '[groups]\napprovers = "@sre"\n[[rule]]\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = ", "It is not TOML: Invalid value (at end of document)"),
        ("policy = 1", "line 1: a policy file has no policy; there are groups, rule"),
        ('[group]\napprovers = ["@sre"]', "line 1: a policy file has no group; did you mean groups?"),
        ("groups = 1", "line 1: groups is a table such as { name = value }, not 1"),
        ("[rule]\nreason = true", 'line 1: rule is written [[rule]], with two brackets, not {"reason": true}'),
        ("[groups]\napprovers = []", "line 2: approvers names somebody or something, not []"),
        ("[groups]\n\napprovers = [1]", "line 3: approvers is a text in quotes, not 1"),
        (
            '[groups]\nApprovers = ["@sre"]',
            'line 2: a group\'s name is small letters, digits, - and _, not "Approvers"',
        ),
        (
            '[groups]\nauditors = ["pulumi:admin"]',
            "line 2: auditors are Slack users and user groups; pulumi:admin is for approvers",
        ),
        (
            '[groups]\napprovers = ["sre"]',
            'line 2: write @handle of a Slack user group, an id such as U012ABC, or pulumi:admin, not "sre"',
        ),
        (HEAD + "aproval = 2", "line 4: rule 1: a rule has no aproval; did you mean approvals?"),
        (
            HEAD + "lifetime = 2",
            "line 4: rule 1: a rule has no lifetime; there are match, approvals, approvers, reason, ",
        ),
        (HEAD + "match = { operations = 'x' }", "line 4: rule 1: match has no operations; did you mean operation?"),
        (HEAD + "[rule.match]\nstak = 'x'", "line 5: rule 1: match has no stak; did you mean stack?"),
        (HEAD + "match = 3", "line 4: rule 1: match is a table such as { name = value }, not 3"),
        (HEAD + "match.operation = []", "line 4: rule 1: operation names somebody or something, not []"),
        (
            HEAD + "match = { operation = 'stack remov' }",
            'line 4: rule 1: there is no change "stack remov"; did you mean stack rm?',
        ),
        (
            HEAD + "match = { operation = 'stack ls' }",
            'line 4: rule 1: there is no change "stack ls"; did you mean stack',
        ),
        (HEAD + "match = { operation = '' }", 'line 4: rule 1: operation says something, not ""'),
        (
            HEAD + "match = { stack = 'prod*' }",
            'line 4: rule 1: a stack is organization/project/stack, such as acme/*/prod*, not "prod*"',
        ),
        (HEAD + "match = { risk = 'hgh' }", 'line 4: rule 1: risk is low, high or admin, not "hgh"'),
        (HEAD + "match = { tags = { env = 1 } }", "line 4: rule 1: env is a text in quotes, not 1"),
        (HEAD + "approvals = '2'", 'line 4: rule 1: approvals is a whole number, not "2"'),
        (HEAD + "approvals = true", "line 4: rule 1: approvals is a whole number, not true"),
        (HEAD + "approvals = -1", "line 4: rule 1: approvals is a number from 0 to 20, not -1"),
        (HEAD + "reason = 'yes'", 'line 4: rule 1: reason is true or false, not "yes"'),
        (HEAD + "approvers = ['aprovers']", 'line 4: rule 1: there is no group "aprovers"; did you mean approvers?'),
        (HEAD + "approvers = ['@s re']", 'line 4: rule 1: there is no group "@s re"; did you mean @sre?'),
        (
            HEAD + "channel = 'prod'",
            "line 4: rule 1: write #name in small letters, or the channel's id such as C012ABC, ",
        ),
        (HEAD + "refuse = 'no'\nreason = true", "line 5: rule 1: a rule that refuses has no reason"),
        (HEAD + "refuse = ''", 'line 4: rule 1: refuse says something, not ""'),
        (
            HEAD + "reason = true\n[[rule]]\ntyped = true",
            "line 5: rule 2: it is never reached: rule 1 fits every change",
        ),
        (
            "[[rule]]\napprovals = 1",
            "line 1: rule 1: it names no approvers, and there is no group for that: add approvers",
        ),
        ("rule = [{ aproval = 1 }]", "line 1: rule 1: a rule has no aproval; did you mean approvals?"),
    ],
)
def test_each_mistake_is_named_with_its_line_and_what_to_write(text: str, says: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read(text)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        read(HEAD + 'aproval = 2\n[[rule]]\nmatch = { stak = "x" }\nreason = "yes"')
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["line 4", "line 6", "line 7"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[groups]",
        '[groups]\napprovers = "pulumi:admin"',
        HEAD + "refuse = 'frozen'",
        HEAD + "refuse = 'frozen'\n[[rule]]\nreason = true",
    ],
)
def test_small_files_are_fine(text: str) -> None:
    read(text)


NAMES = st.sampled_from(("a", "ab", "prod", "PROD", "prod-eu", "x.y", "dev"))
STACKS = st.builds(StackRef, st.sampled_from(("acme", "newco")), NAMES, NAMES)
SUBJECTS = st.builds(
    Subject,
    operation=st.sampled_from(CHANGES),
    risk=st.sampled_from(Risk),
    org=st.sampled_from(("acme", "newco", "")),
    stack=st.none() | STACKS,
    tags=st.none() | st.dictionaries(st.sampled_from(("env", "team")), st.sampled_from(("prod", "dev")), max_size=2),
)
PARTS = st.sampled_from(("*", "a*", "prod*", "?b", "[ap]*", "prod", "P*"))
PATTERNS = st.builds("{}/{}/{}".format, st.sampled_from(("*", "acme")), PARTS, PARTS)
MATCHES = st.builds(
    Match,
    operation=st.lists(st.sampled_from((*CHANGES, "stack *", "*")), max_size=2).map(tuple),
    stack=st.lists(PATTERNS, max_size=2).map(tuple),
    org=st.lists(st.sampled_from(("acme", "*co")), max_size=1).map(tuple),
    tags=st.dictionaries(st.sampled_from(("env", "team")), st.sampled_from(("prod", "d*", "*")), max_size=2),
    risk=st.lists(st.sampled_from(Risk), max_size=2).map(tuple),
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    matches = draw(st.lists(MATCHES, max_size=4))
    rules = (
        Rule(name=f"rule {number}", match=match, approvals=draw(st.integers(0, 3)), approvers=("@sre",))
        for number, match in enumerate(matches, 1)
    )
    return Policy({"approvers": ("@sre",)}, tuple(rules))


@given(policies(), SUBJECTS)
def test_only_the_first_that_fits_counts(policy: Policy, subject: Subject) -> None:
    passed, decided = policy.explain(subject)
    assert [each.rule for each in passed] == [rule.name for rule in policy.rules[: len(passed)]]
    assert all(each.why for each in passed)
    rest = policy.rules[len(passed) :]
    if rest:
        assert decided.rule == rest[0].name
        assert Policy(policy.groups, policy.rules[: len(passed) + 1]).decide(subject) == decided, "later ones are dead"
    else:
        assert decided.rule.startswith("the default")


@given(policies(), SUBJECTS, st.dictionaries(st.sampled_from(("env", "team")), st.sampled_from(("prod", "dev"))))
def test_unknown_tags_never_allow_what_known_ones_would_not(
    policy: Policy, subject: Subject, tags: dict[str, str]
) -> None:
    blind = policy.decide(replace(subject, tags=None))
    if isinstance(blind, Ruling):
        assert policy.decide(replace(subject, tags=tags)) == blind


@given(PATTERNS, STACKS)
def test_a_stack_pattern_is_a_shells_part_by_part_whatever_the_case(pattern: str, stack: StackRef) -> None:
    subject = Subject(operation="stack rm", risk=Risk.HIGH, org=stack.org, stack=stack, tags={})
    parts = zip(pattern.split("/"), str(stack).split("/"), strict=True)
    expected = all(fullmatch(translate(part), name, IGNORECASE) for part, name in parts)
    assert (not Match(stack=(pattern,)).misses(subject)) is expected


@given(st.text() | st.text(alphabet="[]rule=groups\n \"'{}#@,.0123456789"))
def test_whatever_the_file_holds_it_is_read_or_refused_in_words(text: str) -> None:
    with suppress(PolicyError):
        read(text)
