"""What an answer's status means, how long to wait, and where lists end: tables, no network."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.model import Effect, Result, StackRef, UpdateInfo
from bot.pulumi.rules import (
    TRIES,
    TokenTrail,
    error_of,
    is_last_page,
    is_oldest_first,
    key_of,
    newest_first,
    retry_after,
    retry_delay,
)

NOW = datetime(2026, 10, 21, 7, 27, 50, tzinfo=UTC)
SAML = b"""{"code": 401, "message": "Unauthorized: SAML session expired",
  "errors": [{"resource": "org", "attribute": "acme", "errorType": "saml_reauth_required"}]}"""
WRONG_KIND = b'{"code": "invalid_kind", "message": "Invalid update kind: tags"}'


def met(status: int, body: bytes = b"", **headers: str) -> errors.PulumiError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of("get stack", status, httpx.Headers(named), body, NOW)


def told(status: int, message: str) -> errors.PulumiError:
    return met(status, b'{"code": %d, "message": "%s"}' % (status, message.encode()))


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (told(400, "Bad Request: Stack still has resources."), errors.BadRequest, "Stack still has resources."),
        (told(413, "Request Entity Too Large: too much"), errors.BadRequest, "too much"),
        (told(422, "Unprocessable Entity: bad query"), errors.BadRequest, "bad query"),
        (told(401, "Unauthorized: No credentials provided"), errors.Unauthorized, "No credentials provided"),
        (met(401, b"401 unauthorized\n", content_type="text/plain"), errors.Unauthorized, "401 unauthorized"),
        (met(401, SAML), errors.Unauthorized, "SAML session expired"),
        (told(402, "Payment Required: not in your plan"), errors.PlanLacks, "not in your plan"),
        (told(403, "Forbidden: you need admin"), errors.Forbidden, "you need admin"),
        (told(404, "Not Found: Stack 'a/b/c' not found"), errors.NotFound, "Stack 'a/b/c' not found"),
        (told(404, "update not found"), errors.NotFound, "update not found"),
        (met(404, b"404 page not found\n", content_type="text/plain"), errors.MissingRoute, "404 page not found"),
        (met(404, b"<html>nginx</html>", content_type="text/html"), errors.MissingRoute, ""),
        (met(404, b'{"detail": "Not Found"}'), errors.MissingRoute, ""),
        (met(404), errors.MissingRoute, ""),
        (met(405, b"Method Not Allowed"), errors.MissingRoute, "Method Not Allowed"),
        (met(400, WRONG_KIND), errors.MissingRoute, "Invalid update kind: tags"),
        (met(400, b'{"code": "400", "message": "no"}'), errors.BadRequest, "no"),
        (told(409, "Conflict: Another update is in progress."), errors.Conflict, "Another update is in progress."),
        (met(302), errors.BadAnswer, "it points to another address, and redirects are not followed"),
        (met(418), errors.BadRequest, ""),
        (met(502, b"<!DOCTYPE html><html>", content_type="text/html"), errors.ServerError, ""),
        (met(503, b"\n  <HTML>", content_type="text/plain"), errors.ServerError, ""),
        (met(500, b"null"), errors.ServerError, "null"),
    ],
)  # fmt: skip
def test_case_23_each_status_has_its_own_error(error: errors.PulumiError, kind: type[Exception], message: str) -> None:
    """Different causes, different types; messages are Pulumi's own, without the status phrase and without HTML."""
    assert type(error) is kind
    assert error.message == message


def test_case_23_an_expired_saml_session_names_the_organization() -> None:
    """So that the answer can link to the page that renews it."""
    expired, invalid = met(401, SAML), told(401, "Unauthorized: no")
    assert isinstance(expired, errors.Unauthorized)
    assert expired.saml_org == "acme"
    assert isinstance(invalid, errors.Unauthorized)
    assert invalid.saml_org is None


def test_a_server_error_carries_the_request_id() -> None:
    """Whatever the case of the header."""
    error = met(503, b"", x_pulumi_request_id="abc-1", retry_after="7")
    assert isinstance(error, errors.ServerError)
    assert (error.status, error.request_id, error.retry_after) == (503, "abc-1", timedelta(seconds=7))
    silent = met(500)
    assert isinstance(silent, errors.ServerError)
    assert silent.retry_after is None


def test_a_message_has_an_end_and_no_control_characters() -> None:
    """It is shown to people."""
    assert told(400, "x" * 5_000).message == "x" * 499 + "…"
    assert told(400, "a\\u0000b\\nc\\u001b[1m").message == "a b\nc [1m"


@given(status=st.integers(300, 599), body=st.binary(max_size=300), wait=st.text(max_size=30))
def test_no_answer_makes_the_rules_fail(status: int, body: bytes, wait: str) -> None:
    """Other servers, proxies and firewalls say anything."""
    error = error_of("get stack", status, {"Retry-After": wait}, body, NOW)
    assert not error.message.startswith("<")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17),
        (" 0 ", 0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 10),
        ("Wed, 21 Oct 2026 07:28:00 -0000", 10),
        ("Wed, 21 Oct 2020 07:28:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(value: str | None, seconds: int | None) -> None:
    """Both forms of RFC 9110 §10.2.3; nonsense is the same as nothing."""
    assert retry_after(value, NOW) == (None if seconds is None else timedelta(seconds=seconds))


@given(st.integers(0, 100_000))
def test_retry_after_reads_what_servers_write(seconds: int) -> None:
    """A date and a number of seconds say the same."""
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after(date, NOW) == retry_after(str(seconds), NOW) == timedelta(seconds=seconds)


LIMITED = errors.RateLimited("x")
AGAIN = (errors.NotSent("x"), errors.NoAnswer("x"), errors.ServerError("x"), LIMITED)
NEVER = (
    errors.Unauthorized("x"),
    errors.Forbidden("x"),
    errors.NotFound("x"),
    errors.MissingRoute("x"),
    errors.Conflict("x"),
    errors.BadRequest("x"),
    errors.PlanLacks("x"),
    errors.BadAnswer("x"),
)


@pytest.mark.parametrize("error", [*AGAIN, *NEVER], ids=lambda error: type(error).__name__)
def test_a_write_is_never_sent_again(error: errors.PulumiError) -> None:
    """Whatever happened."""
    assert all(retry_delay(error, Effect.WRITE, attempt) is None for attempt in range(TRIES))


@pytest.mark.parametrize("error", AGAIN, ids=lambda error: type(error).__name__)
def test_a_read_waits_longer_each_time_and_gives_up(error: errors.PulumiError) -> None:
    """One second, doubled; four tries in all; spread by up to as much again."""
    assert [retry_delay(error, Effect.READ, attempt) for attempt in range(5)] == [1.0, 2.0, 4.0, None, None]
    assert retry_delay(error, Effect.READ, 1, jitter=0.5) == 3.0


@pytest.mark.parametrize("error", NEVER, ids=lambda error: type(error).__name__)
def test_an_answer_is_an_answer(error: errors.PulumiError) -> None:
    """A lock or a missing right does not go away in a second."""
    assert retry_delay(error, Effect.READ, 0) is None


@pytest.mark.parametrize("kind", [errors.RateLimited, errors.ServerError])
@pytest.mark.parametrize(("asked", "delay"), [(0, 1.0), (7, 7.0), (30, 30.0), (31, None)])
def test_retry_after_is_honoured_within_patience(
    kind: type[errors.RateLimited | errors.ServerError], asked: int, delay: float | None
) -> None:
    """Never sooner than asked, never a second of hammering, and no call that sleeps for minutes."""
    error = kind("x", retry_after=timedelta(seconds=asked))
    assert retry_delay(error, Effect.READ, 0) == delay


def test_what_proves_that_nothing_happened() -> None:
    """Not sent, limited, and every 4xx; a 5xx, silence and a strange success prove nothing."""
    proofs = {type(each) for each in (*AGAIN, *NEVER) if isinstance(each, errors.NothingHappened)}
    unproven = {errors.NoAnswer, errors.ServerError, errors.BadAnswer}
    assert proofs == {type(each) for each in (*AGAIN, *NEVER)} - unproven
    for status in range(400, 500):
        assert isinstance(met(status), errors.NothingHappened)
    for status in (*range(300, 400), *range(500, 600)):
        assert not isinstance(met(status), errors.NothingHappened)


@pytest.mark.parametrize("end", [None, ""])
def test_a_list_ends_without_a_token(end: str | None) -> None:
    """Null, absent and "" alike."""
    trail = TokenTrail()
    assert trail.follow("5-")
    assert trail.token == "5-"
    assert not trail.follow(end)


@given(st.lists(st.sampled_from("abc"), min_size=4, max_size=20))
def test_a_list_of_tokens_always_ends(tokens: list[str]) -> None:
    """A token that was used before is no way forward."""
    trail = TokenTrail()
    assert sum(trail.follow(token) for token in tokens) == len(set(tokens))


@pytest.mark.parametrize(
    ("page", "got", "fresh", "total", "last"),
    [
        (1, 10, 10, 95, False),
        (9, 10, 10, 95, False),
        (10, 5, 5, 95, True),
        (1, 10, 10, 10, True),
        (1, 4, 4, 95, False),  # short, but filtered: the total says that there is more
        (2, 10, 0, 95, False),  # shifted by new ones: the total ends it
        (2, 0, 0, 95, True),
        (1, 10, 10, None, False),
        (2, 10, 0, None, True),
        (1, 9, 9, None, True),
        (1, 11, 11, None, True),
        (1, 11, 11, 5, True),
        (1, 10, 10, 0, False),  # a total of 0 beside ten items is no total
        (1, 0, 0, None, True),
    ],
)
def test_where_a_numbered_list_ends(page: int, got: int, fresh: int, total: int | None, last: bool) -> None:  # noqa: FBT001
    """Ten were asked for."""
    assert is_last_page(page, 10, got=got, fresh=fresh, total=total) is last


def begun(start: int | None, update_id: str | None = None) -> UpdateInfo:
    return UpdateInfo(
        stack=StackRef("acme", "shop", "prod"),
        update_id=update_id,
        version=1,
        kind="update",
        preview=True,
        result=Result.SUCCEEDED,
        started=None if start is None else datetime.fromtimestamp(start, UTC),
    )


def test_newest_first_puts_what_has_not_started_yet_before_all() -> None:
    """It is about to be the newest."""
    assert newest_first([begun(1), begun(3), begun(None), begun(2)]) == [begun(None), begun(3), begun(2), begun(1)]


@pytest.mark.parametrize(
    ("starts", "oldest"), [([1, 2, 3], True), ([3, 2, 1], False), ([1], False), ([2, 2], False), ([], False)]
)
def test_the_order_of_a_page_shows(starts: list[int], oldest: bool) -> None:  # noqa: FBT001
    """Where it cannot be seen, the server is believed."""
    assert is_oldest_first([begun(each) for each in starts]) is oldest


def test_an_id_tells_updates_apart_and_a_version_does_not() -> None:
    """Many previews share a version; some servers give no id."""
    assert key_of(begun(1, "a")) != key_of(begun(1, "b"))
    assert key_of(begun(1)) != key_of(begun(2))
