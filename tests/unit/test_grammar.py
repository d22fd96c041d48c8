"""Command lines: what they mean, what is wrong with them, and what was probably meant."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal, UsageError
from bot.model import StackRef
from bot.operations import CATALOGUE, Entry, Here, Named, Pasted, parse
from bot.operations.values import LATEST, UpdateSelector

PROD = StackRef("acme", "shop", "prod")
UUID = "b1946ac9-2c3d-4e5f-8a6b-7c8d9e0f1a2b"


@pytest.mark.parametrize(
    ("line", "name", "target", "values"),
    [
        ("status", "status", Here(), {}),
        ("", "help", None, {}),
        ("status .", "status", Here(), {}),
        ("STATUS shop/prod", "status", Named(("shop", "prod")), {}),
        ("status Shop/Prod", "status", Named(("Shop", "Prod")), {}),
        ("status acme/shop/prod 95", "status", Named(("acme", "shop", "prod")), {"update": UpdateSelector("95")}),
        ("status acme/shop/prod v95", "status", Named(("acme", "shop", "prod")), {"update": UpdateSelector("95")}),
        ("status #95", "status", Here(), {"update": UpdateSelector("95")}),
        ("status latest", "status", Here(), {"update": LATEST}),
        (f"why {UUID.upper()}", "why", Here(), {"update": UpdateSelector(UUID)}),
        ("why prod failed", "why", Named(("prod",)), {"update": UpdateSelector("failed")}),
        ("ls acme \u2014sort=name", "stack ls", None, {"org": "acme", "sort": "name"}),
        ("stack ls tag:env=prod", "stack ls", None, {"tag": "env=prod"}),
        ("stack ls -tag env", "stack ls", None, {"tag": "env"}),
        ("stack prod", "stack get", Named(("prod",)), {}),
        ("events prod --errors", "stack history events", Named(("prod",)), {"errors": True}),
        ("overview acme newco", "overview", None, {"orgs": ("acme", "newco")}),
        ("help stack ls", "help", None, {"command": ("stack", "ls")}),
        ("help --me", "help", None, {"command": ("--me",)}),
        ("use prod --me", "use", Named(("prod",)), {"me": True}),
    ],
)
def test_a_line_means(line: str, name: str, target: object, values: dict[str, object]) -> None:
    draft = parse(CATALOGUE, line)
    assert (draft.entry.name, draft.target, dict(draft.values)) == (name, target, values)


@pytest.mark.parametrize(
    ("url", "update"),
    [
        ("https://app.pulumi.com/acme/shop/prod", None),
        ("https://app.pulumi.com/acme/shop/prod/updates/95", UpdateSelector("95")),
        (f"https://app.pulumi.com/acme/shop/prod/previews/{UUID}", UpdateSelector(UUID)),
        ("<https://app.pulumi.com/acme/shop/prod/updates/95>", UpdateSelector("95")),
        ("<https://app.pulumi.com/acme/shop/prod/updates/95|the update>", UpdateSelector("95")),
    ],
)
def test_a_pasted_link_is_a_target_and_names_its_update(url: str, update: UpdateSelector | None) -> None:
    for line in (url, f"status {url}"):
        draft = parse(CATALOGUE, line)
        assert draft.entry.name == "status"
        assert isinstance(draft.target, Pasted)
        assert draft.target.stack == PROD
        assert draft.values.get("update") == update


def test_a_full_name_alone_asks_for_its_status() -> None:
    draft = parse(CATALOGUE, "acme/shop/prod")
    assert (draft.entry.name, draft.target) == ("status", Named(("acme", "shop", "prod")))


@pytest.mark.parametrize(
    ("line", "says", "offers"),
    [
        ("stauts shop/prod", '"stauts"', "status shop/prod"),
        ("sttaus", '"sttaus"', "status"),
        ("stak ls", '"stak"', "stack ls"),
        ("lst", '"lst"', "stack ls"),
        ("hisotry prod", '"hisotry"', "stack history prod"),
        ("xyzzy", '"xyzzy"', "help"),
        ("stack ls --srot name", "no --srot", "stack ls --sort name"),
    ],
)
def test_a_typo_names_the_word_and_offers_the_command(line: str, says: str, offers: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(CATALOGUE, line)
    assert says in caught.value.text
    assert offers in caught.value.commands
    assert caught.value.typed == line


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("stack ls --sort nam", '--sort takes last, name or size, not "nam".'),
        ("stack ls --page zero", '--page takes a whole number from 1 on, not "zero".'),
        ("stack ls --page 0", '--page takes a whole number from 1 on, not "0".'),
        ("stack ls --sort", "--sort needs a value."),
        ("status a/b/c/d", '"a/b/c/d" isn\'t a stack.'),
        ("status acme/shop/prod nonsense", "An update is latest, failed, a version such as v95, or an id"),
        ("stack get prod v95", 'I don\'t know what to do with "v95" after stack get.'),
        ("status https://example.com/", "isn't the page of a stack"),
        ('status "prod', "never closed"),
    ],
)
def test_a_mistake_is_named_and_what_was_typed_is_kept(line: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(CATALOGUE, line)
    assert says in caught.value.text
    assert caught.value.typed == line


@pytest.mark.parametrize("word", ["up", "destroy", "preview", "cancel", "config", "logout"])
def test_a_word_of_the_cli_that_is_not_offered_says_what_to_do_instead(word: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(CATALOGUE, f"{word} prod")
    assert "don't know" not in caught.value.text


@pytest.mark.parametrize("entry", CATALOGUE.entries, ids=lambda entry: entry.name)
def test_an_example_parses_to_its_own_command(entry: Entry) -> None:
    assert parse(CATALOGUE, f"{entry.name} {entry.example}").entry is entry
    for alias in entry.aliases:
        assert parse(CATALOGUE, f"{alias} {entry.example}").entry is entry


NAMES = st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True).filter(lambda name: name not in {".", ".."})
STACKS = st.builds(StackRef, st.from_regex(r"[a-z][a-z0-9-]{1,8}[a-z]", fullmatch=True), NAMES, NAMES)
SELECTORS = st.sampled_from(["latest", "failed", "v7", "12345", UUID]).map(UpdateSelector.parse)


@given(
    stack=STACKS, update=SELECTORS, errors=st.booleans(), urn=st.none() | st.text(min_size=1), page=st.integers(1, 99)
)
def test_the_line_of_a_call_is_read_back_as_the_same_call(
    *, stack: StackRef, update: UpdateSelector, errors: bool, urn: str | None, page: int
) -> None:
    """Buttons carry the line; pressing one must mean what was shown."""
    entry = CATALOGUE["stack history events"]
    args = entry.args.model_validate({"stack": stack, "update": update, "errors": errors, "urn": urn, "page": page})
    try:
        draft = parse(CATALOGUE, entry.line(args))
    except UsageError:
        assert urn is not None  # a text that no person could have typed in a command line
        return
    assert draft.target == Named((stack.org, stack.project, stack.stack))
    again = entry.args.model_validate({**draft.values, "stack": stack})
    assert again.model_dump(exclude={"urn"}) == args.model_dump(exclude={"urn"})


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(["status", "stack", "ls", "--page", "why", ".", "/", '"', "<", ">", "|", "@", "—", "95"])
    ).map(" ".join)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Refusal):
        parse(CATALOGUE, text)
