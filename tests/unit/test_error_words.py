"""Errors in words: different causes, different texts; what to do next; an id for what nobody expected."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot import errors
from bot.card import Card, Open, Output
from bot.console import Console
from bot.slack.blocks import to_message
from handlers.errors import worded

CONSOLE = Console("https://app.pulumi.com")


def text(card: Card) -> str:
    return to_message(card).text


def test_the_four_ways_of_not_being_let_in_read_differently() -> None:
    """Case 23."""
    refused = worded(errors.Unauthorized("get stack"), CONSOLE)
    saml = worded(errors.Unauthorized("get stack", saml_org="acme"), CONSOLE)
    forbidden = worded(errors.Forbidden("get stack", "You need stack:read."), CONSOLE)
    missing = worded(errors.NotFound("get stack"), CONSOLE)
    assert len({text(card) for card in (refused, saml, forbidden, missing)}) == 4
    assert saml.buttons == (Open("Sign in again", "https://app.pulumi.com/signin/sso/acme/reauth"),)
    assert Output(("You need stack:read.",)) in forbidden.parts
    assert "cannot see it" in text(missing)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (errors.NotSent("user"), "nothing happened there"),
        (errors.NoAnswer("list stacks"), "list stacks"),
        (errors.RateLimited("user", retry_after=timedelta(seconds=20)), "Try again in 20 seconds."),
        (errors.RateLimited("user", retry_after=timedelta(minutes=5)), "Try again in 5 minutes."),
        (errors.RateLimited("user"), "Try again in 60 seconds."),
        (errors.MissingRoute("list previews"), "This Pulumi server has no “list previews”."),
        (errors.ServerError("user", status=503, request_id="r-1"), "Pulumi had an error (503)"),
        (errors.ServerError("user", status=503, request_id="r-1"), "Pulumi's support can find it as r-1."),
        (errors.Conflict("get stack", "Another update is in progress."), "Another update is in progress."),
        (errors.PlanLacks("get stack"), "plan"),
        (errors.BadRequest("list updates", "page too large"), "page too large"),
        (errors.BadAnswer("get stack"), "not what its API promises"),
        (errors.PulumiError("get stack"), "not what its API promises"),
        (errors.TooLarge("export state", "too large", limit=1), "The Pulumi CLI shows it all."),
        (errors.ChatError("users.info", "missing_scope", needed="users:read"), "lacks the scope users:read"),
        (errors.Refusal("No.", hint="Because."), "No.\nBecause."),
        (errors.UsageError("What?", typed="stauts"), "stauts"),
    ],
)
def test_every_known_error_has_its_words(error: errors.BotError, says: str) -> None:
    assert says in text(worded(error, CONSOLE))


def test_every_kind_of_pulumi_error_has_words() -> None:
    for kind in errors.PulumiError.__subclasses__():
        assert worded(kind("get stack"), None).title


def test_an_unexpected_error_shows_an_id_that_is_in_the_log_and_nothing_else() -> None:
    with capture_logs() as logs:
        card = worded(RuntimeError("secret pul-0123"), CONSOLE)
    (entry,) = logs
    assert entry["incident"] in text(card)
    assert "secret" not in text(card)
