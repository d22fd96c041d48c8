"""What holds for every change: its names, its words, its risk, its line, and how it is stored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.model import Effect, Risk, StackRef
from bot.operations import CATALOGUE, Mutation, Operation, Order, parse
from bot.operations.words import normalise
from tests.contract.changes import CREATED, DONE, MUTATIONS, order

LINES = [*DONE.values(), CREATED]


def example(mutation: Mutation) -> Order:  # type: ignore[type-arg]
    return order(f"{mutation.name} {mutation.example}")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_a_change_is_declared_whole(mutation: Mutation) -> None:  # type: ignore[type-arg]
    asked = example(mutation)
    assert mutation.effect is Effect.WRITE
    assert mutation.example
    assert "[--reason X] [--dry-run]" in mutation.usage
    assert all(slot.about for slot in mutation.slots if not slot.positional and slot.field != "org")
    for said in (mutation.title(asked.args), mutation.subject(asked.args), mutation.confirm(asked.args)):
        assert said.strip() == said != ""
    assert mutation.title(asked.args)[0].isupper()
    stack = mutation.stack(asked.args)
    assert mutation.org(asked.args) == (stack.org if stack else "" if mutation.own else "acme")
    assert not mutation.private or mutation.own


def test_the_name_that_is_typed_is_the_name_of_what_is_at_stake() -> None:
    said = {line: asked.mutation.confirm(asked.args) for line in LINES for asked in [order(line)]}
    assert said["stack rm acme/shop/prod --force"] == "prod"
    assert said["org member rm bo --org acme"] == "bo"
    assert said["team rm web --org acme"] == "web"


RISKS = {
    "stack tag set acme/shop/prod env=live": Risk.LOW,
    "stack tag rm acme/shop/prod env": Risk.LOW,
    "stack tag set acme/shop/prod slack:owner=bo": Risk.ADMIN,
    "stack tag rm acme/shop/prod slack:owner": Risk.ADMIN,
    "stack transfer acme/shop/prod newco": Risk.HIGH,
    "stack rm acme/shop/prod": Risk.HIGH,
    "stack rm acme/shop/prod --force": Risk.ADMIN,
    "org member add kit --org acme": Risk.HIGH,
    "org member add kit --role Admin --org acme": Risk.ADMIN,
    "org member rm bo --org acme": Risk.ADMIN,
    "org member edit bo member --org acme": Risk.HIGH,
    "org member edit bo admin --org acme": Risk.ADMIN,
    "role bo ADMIN --org acme": Risk.ADMIN,
    "team create ops --org acme": Risk.HIGH,
    "team rm ops --org acme": Risk.HIGH,
    "team add-member ops bo --org acme": Risk.HIGH,
    "team remove-member ops bo --org acme": Risk.HIGH,
    "token create ci": Risk.HIGH,
    "token rm ci": Risk.LOW,
}


@pytest.mark.parametrize(("line", "risk"), RISKS.items())
def test_a_change_has_its_risk(line: str, risk: Risk) -> None:
    asked = order(line)
    assert asked.mutation.risk(asked.args) is risk


def test_what_cannot_happen_at_once_shares_a_subject() -> None:
    def subject(line: str) -> str:
        asked = order(line)
        return asked.mutation.subject(asked.args)

    assert subject("stack rm a-b/c/d --force") == subject("stack rm a-b/c/d") == subject("stack transfer a-b/c/d e-f")
    assert (
        subject("stack tag set a-b/c/d x 1") == subject("stack tag rm a-b/c/d x") != subject("stack tag rm a-b/c/d y")
    )
    assert subject("org member rm bo --org acme") == subject("org member edit BO admin --org acme")
    assert subject("team rm sre --org acme") != subject("team rm sre --org newco")


@pytest.mark.parametrize("line", dict.fromkeys([*LINES, *(f"{each.name} {each.example}" for each in MUTATIONS)]))
def test_an_order_survives_its_line_and_its_row(line: str) -> None:
    """What was approved is what is carried out, also by the next version of the bot."""
    asked = order(line)
    assert order(asked.line) == asked
    assert CATALOGUE.restore(asked.mutation.name, asked.args.model_dump_json()) == asked


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("stack ls", '{"org": "acme"}'),
        ("stack explode", "{}"),
        ("", "{}"),
        ("stack rm", "{}"),
        ("stack rm", '{"stack": "acme/shop"}'),
        ("stack rm", '{"stack": "acme/shop/prod", "gently": true}'),
        ("stack rm", "no json"),
    ],
)
def test_a_row_that_says_no_change_is_an_error(name: str, args: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        CATALOGUE.restore(name, args)


def test_a_name_from_earlier_is_still_known() -> None:
    args = order("stack rm acme/shop/prod").args.model_dump_json()
    assert CATALOGUE.restore("stack remove", args).mutation is CATALOGUE["stack rm"]


ASCII = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in "<>|&")  # chat programs rewrite those
VALUES = st.text(ASCII, max_size=20) | st.sampled_from(["-5", "--force", "--", "a=b", ".", '"', "\\", "it's", "", "-"])


@given(value=VALUES)
def test_any_value_of_a_tag_survives_the_line(value: str) -> None:
    """Also one that looks like a flag."""
    stack = StackRef("acme", "shop", "prod")
    entry = CATALOGUE["stack tag set"]
    args = entry.args.model_validate({"stack": stack, "name": "note", "value": value})
    draft = parse(CATALOGUE, entry.line(args, "--reason", "because", "--dry-run"))
    assert (draft.reason, draft.dry_run) == ("because", True)
    assert entry.args.model_validate({**draft.values, "stack": stack}) == args


@pytest.mark.parametrize(
    ("line", "reason", "dry_run"),
    [
        ("stack rm prod", "", False),
        ('stack rm prod --reason "moved to eu-west, &lt;it\'s&gt; done"', "moved to eu-west, <it's> done", False),
        ("stack rm prod --reason=retired --dry-run", "retired", True),
        ("stack rm --dry-run prod", "", True),
        ("stack rm prod —reason retired", "retired", False),
        ("stack rm prod --reason “two words”", "two words", False),
        ("stack rm prod --reason <@U0BO>", "@U0BO", False),
        ("stack rm prod --reason --force", "--force", False),
        ("stack rm prod --reason " + "x" * 500, "x" * 500, False),
    ],
)
def test_a_change_takes_a_reason_and_a_dry_run(line: str, reason: str, dry_run: bool) -> None:  # noqa: FBT001
    draft = parse(CATALOGUE, line)
    assert (draft.reason, draft.dry_run, dict(draft.values)) == (reason, dry_run, {})


@pytest.mark.parametrize(
    ("line", "says", "offers"),
    [
        ("stack rm prod --reason " + "x" * 501, "at most 500 characters; yours has 501", ""),
        ("stack rm prod --reason", "--reason needs a value.", ""),
        ("stack rm prod --raeson old", "Did you mean --reason?", "stack rm prod --reason old"),
        ("stack rm prod --dryrun", "Did you mean --dry-run?", "stack rm prod --dry-run"),
        ("stack rm prod --forec", "Did you mean --force?", "stack rm prod --force"),
        ("stack rm prod --share", "stack rm has no --share.", ""),
        ("status prod --reason why", "status has no --reason.", ""),
        ("stack ls --dry-run", "stack ls has no --dry-run.", ""),
        ("token ls --share", "token ls has no --share.", ""),
        ("stack tag set prod", "stack tag set needs a value.", ""),
        ("stack tag set", "stack tag set needs a name.", ""),
        ("stack transfer", "stack transfer needs a to-org.", ""),
        (
            "stack tag set prod owner Ann Sato",
            '"Sato" after stack tag set. Several words that are one go in quotes.',
            "",
        ),
        ("stack tag set prod o/wner Ann", 'name can\'t be "o/wner"', ""),
        ("org member add", "org member add needs a login.", ""),
        ("org member add kit --role owner", '--role takes member, admin or billing-manager, not "owner".', ""),
        ("org member add <@U0BO|bo>", "I know people by their Pulumi login", ""),
        ("org member add bo/x", 'login can\'t be "bo/x"', ""),
        ("team create sre --github many", '--github takes a whole number from 1 on, not "many".', ""),
        ("team create s/re", 'name can\'t be "s/re"', ""),
        ("token create ci --expires yesterday", "an end is 30d, 12w, or a date", ""),
        ("token create ci --expires soon", "an end is 30d, 12w, or a date", ""),
        ("token create ci runner", 'what to do with "runner"', ""),
        ("tokn rm ci", '"tokn"', "token rm ci"),
    ],
)
def test_a_mistake_in_a_change_is_named(line: str, says: str, offers: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(CATALOGUE, line)
    assert says in caught.value.text
    assert offers in (*caught.value.commands, "")
    assert caught.value.typed == normalise(line)


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("tag . env prod", {"name": "env", "value": "prod"}),
        ("tag . env=prod", {"name": "env", "value": "prod"}),
        ("tag env=prod", {"name": "env", "value": "prod"}),
        ("tag env prod", {"name": "env", "value": "prod"}),
        ("tag . env=", {"name": "env", "value": ""}),
        ("tag . env a=b", {"name": "env", "value": "a=b"}),
        ("tag . env=a=b", {"name": "env", "value": "a=b"}),
        ('tag . env="two words"', {"name": "env", "value": "two words"}),
        ("tag -- . temp -5", {"name": "temp", "value": "-5"}),
        ("tag . --name env --value -5", {"name": "env", "value": "-5"}),
        ("untag . ttl", {"name": "ttl"}),
        ("transfer shop/prod newco", {"to_org": "newco"}),
        ("role @bo admin", {"login": "@bo", "role": "admin"}),
        ("org member edit bo --role admin", {"login": "bo", "role": "admin"}),
        ("team add-member sre cy --org=acme", {"team": "sre", "login": "cy", "org": "acme"}),
    ],
)
def test_the_short_forms_mean_the_same(line: str, means: dict[str, str]) -> None:
    assert dict(parse(CATALOGUE, line).values) == means


def test_a_short_form_never_becomes_another_change() -> None:
    """`tag rm . env` removes; it does not set the tag "."."""
    for verb, name in {
        "set": "stack tag set",
        "rm": "stack tag rm",
        "ls": "stack tag ls",
        "get": "stack tag get",
    }.items():
        assert CATALOGUE[f"tag {verb}"].name == name


def test_an_answer_of_ones_own_is_declared_so() -> None:
    own = [entry.name for entry in CATALOGUE if isinstance(entry, Operation | Mutation) and entry.own]
    assert own == ["token ls", "token create", "token rm"]


def test_a_login_loses_its_at_sign() -> None:
    assert order("role @bo admin --org acme").args.login == "bo"
