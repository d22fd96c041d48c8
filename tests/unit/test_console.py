"""Links into the console and back: pure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console import Console, read_console_url
from bot.model import Result, StackRef, UpdateInfo

PROD = StackRef("acme", "shop", "prod")
PREVIEW_ID = "c30c74e6-9576-4c63-95a4-4f96e7793ebb"
UPDATE = UpdateInfo(stack=PROD, update_id="u", version=96, kind="update", preview=False, result=Result.SUCCEEDED)
PREVIEW = replace(UPDATE, update_id=PREVIEW_ID, preview=True)
CLOUD = Console.of("https://api.pulumi.com")
NAMES = st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True).filter(lambda name: name not in {".", ".."})


@pytest.mark.parametrize(
    ("api", "configured", "address"),
    [
        ("https://api.pulumi.com", None, "https://app.pulumi.com"),
        ("https://api.pulumi.example.com/", None, "https://app.pulumi.example.com"),
        ("https://api.example.com:8443/pulumi", None, "https://app.example.com:8443"),
        ("http://localhost:8080", None, "http://localhost:3000"),
        ("http://localhost:9000", None, None),
        ("https://pulumi.example.com/api", None, None),
        ("https://pulumi.example.com/api", "https://pulumi.example.com/", "https://pulumi.example.com"),
        ("https://api.pulumi.com", "https://console.example.com", "https://console.example.com"),
    ],
)
def test_where_the_console_is(api: str, configured: str | None, address: str | None) -> None:
    """As the CLI derives it; what is configured wins; nothing is invented."""
    assert Console.of(api, configured).address == address


def test_links() -> None:
    """An update by its version, a preview by its id: many previews share one version."""
    assert CLOUD.stack(PROD) == "https://app.pulumi.com/acme/shop/prod"
    assert CLOUD.update(UPDATE) == "https://app.pulumi.com/acme/shop/prod/updates/96"
    assert CLOUD.update(PREVIEW) == f"https://app.pulumi.com/acme/shop/prod/previews/{PREVIEW_ID}"
    assert CLOUD.saml("acme") == "https://app.pulumi.com/signin/sso/acme/reauth"


def test_what_cannot_be_linked_is_not() -> None:
    """No console, no version, no id: no link."""
    nowhere = Console(None)
    assert (nowhere.stack(PROD), nowhere.update(UPDATE), nowhere.saml("acme")) == (None, None, None)
    assert CLOUD.update(replace(UPDATE, version=None)) is None
    assert CLOUD.update(replace(PREVIEW, update_id=None)) is None
    assert not nowhere.owns("https://app.pulumi.com/acme/shop/prod")


@pytest.mark.parametrize(
    ("path", "update"),
    [
        ("acme/shop/prod", None),
        ("acme/shop/prod/", None),
        ("acme/shop/prod/updates/96", "96"),
        ("acme/shop/prod/updates/96/changes?from=slack#row", "96"),
        (f"acme/shop/prod/previews/{PREVIEW_ID}", PREVIEW_ID),
        ("acme/shop/prod/updates/latest", None),
        ("acme/shop/prod/previews/96", None),
        (f"acme/shop/prod/updates/{PREVIEW_ID}", None),
        ("acme/shop/prod/resources", None),
        ("acme/sh%6Fp/prod", None),
    ],
)
def test_case_27_a_link_says_which_stack_and_which_update(path: str, update: str | None) -> None:
    """By version or by id, on our console or on any other; only our own is believed."""
    page = read_console_url(f"https://app.pulumi.com/{path}")
    assert page is not None
    assert (page.host, page.stack, page.update) == ("app.pulumi.com", PROD, update)
    elsewhere = f"https://evil.example/{path}"
    assert read_console_url(elsewhere) == replace(page, host="evil.example")
    assert not CLOUD.owns(elsewhere)


@pytest.mark.parametrize(
    "text",
    [
        "acme/shop/prod",
        "https://app.pulumi.com",
        "https://app.pulumi.com/acme/shop",
        "https://app.pulumi.com/a/shop/prod",
        "https://app.pulumi.com/acme/shop/pr%20od",
        "https://app.pulumi.com/acme//prod",
        "https://app.pulumi.com//acme/shop/prod",
        "ftp://app.pulumi.com/acme/shop/prod",
        "https:///acme/shop/prod",
        "https://[::1/acme/shop/prod",
        "https://app.pulumi.com:port/acme/shop/prod",
        "javascript:alert(1)//acme/shop/prod",
        "",
    ],
)
def test_what_shows_no_stack_is_no_page(text: str) -> None:
    """And nothing is raised."""
    assert read_console_url(text) is None


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://app.pulumi.com/acme/shop/prod", True),
        ("http://app.pulumi.com/acme/shop/prod", True),  # Slack makes it of a name typed without https://
        ("https://APP.pulumi.com:443/acme/shop/prod", True),
        ("https://me@app.pulumi.com/acme/shop/prod", True),
        ("https://app.pulumi.com@evil.example/acme/shop/prod", False),
        ("https://app.pulumi.com.evil.example/acme/shop/prod", False),
        ("https://evil.example/app.pulumi.com/acme", False),
        ("https://app.pulumi.com:8443/acme/shop/prod", False),
        ("//app.pulumi.com/acme/shop/prod", False),
    ],
)
def test_whose_link_it_is(url: str, ours: bool) -> None:  # noqa: FBT001
    """The host decides, not what it looks like."""
    assert CLOUD.owns(url) is ours


def test_a_console_below_a_path_owns_that_path_only() -> None:
    """`/pulumi` is not `/pulumi-of-others`."""
    console = Console("https://tools.example.com/pulumi")
    assert console.owns("https://tools.example.com/pulumi/acme/shop/prod")
    assert not console.owns("https://tools.example.com/pulumi-of-others/acme/shop/prod")


@given(NAMES, NAMES, st.integers(1, 999_999_999))
def test_what_is_linked_is_read_back(project: str, stack: str, version: int) -> None:
    """Every name that Pulumi allows survives the round trip."""
    ref = StackRef("acme", project, stack)
    page = read_console_url(CLOUD.update(replace(UPDATE, stack=ref, version=version)) or "")
    assert page is not None
    assert (page.stack, page.update) == (ref, str(version))


@given(st.text())
def test_no_text_makes_reading_fail(text: str) -> None:
    """People paste anything."""
    read_console_url(text)
    read_console_url(f"https://app.pulumi.com/{text}")
    CLOUD.owns(text)
