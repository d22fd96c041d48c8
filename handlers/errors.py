"""The only place that puts errors into words for people. Known ones say what to do; unknown ones carry an id."""

import secrets
from datetime import timedelta

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot import errors
from bot.card import Act, Button, Card, Open, Output, Run, Text, Tone
from bot.console import Console
from bot.records import StoreDown
from bot.services.accounts import NeedsLink, offer
from bot.slack.blocks import to_message

log = structlog.get_logger()

_VALUE = 2_000  # characters that a button carries


async def on_error(error: Exception, body: dict[str, object], ack: AsyncAck) -> BoltResponse:
    """Answer for a listener that raised: 200 with words for a command, 200 with nothing for a press.

    Bolt's error handlers take their arguments by these names; `AsyncArgs` cannot be made for them.
    """
    message = to_message(worded(error, None))
    if "command" in body:
        return await ack(response_type="ephemeral", text=message.text, blocks=message.blocks)
    return await ack()


def worded(error: BaseException, console: Console | None) -> Card:
    """What went wrong, in words. Logs what nobody expected, with the id that the card shows."""
    match error:
        case errors.Refusal():
            return _refusal(error)
        case errors.PulumiError():
            log.warning("pulumi refused", endpoint=error.endpoint, error=type(error).__name__, said=error.message)
            return _pulumi(error, console)
        case errors.ChatError():
            log.warning("slack refused", method=error.method, code=error.code, needed=error.needed)
            return _chat(error)
        case StoreDown():
            log.warning("the database did not answer")
            text = "Nothing is known to be stored. Try again in a minute."
            return Card("My database doesn't answer", Tone.BAD, (Text((text,)),))
    incident = secrets.token_hex(3)
    log.error("unexpected error", incident=incident, exc_info=error)
    text = f"It is in my log as {incident}: quote that to whoever runs me."
    return Card("Something broke on my side", Tone.BAD, (Text((text,)),))


def sentence(card: Card) -> str:
    """A card as one line, for where nothing else fits: under a field of a modal."""
    said = [word for part in card.parts if isinstance(part, Text) for word in part.line if isinstance(word, str)]
    return " ".join((f"{card.title.rstrip('.')}.", *said))


def _refusal(error: errors.Refusal) -> Card:
    parts: list[Text | Output] = []
    if error.hint:
        parts.append(Text((error.hint,)))
    if isinstance(error, errors.UsageError) and error.typed:
        parts.append(Output((error.typed,)))
    buttons: list[Button] = [Run(command, command) for command in error.commands[:5]]
    if error.form and len(error.form) <= _VALUE:
        buttons.append(Act("Fill in a form…", "form", error.form))
    if isinstance(error, NeedsLink):
        buttons.append(offer(error.line))
    return Card(error.text, Tone.WARN, tuple(parts), tuple(buttons))


def _pulumi(error: errors.PulumiError, console: Console | None) -> Card:
    title, text = _said(error)
    said = (Output((error.message,)),) if error.message and isinstance(error, _QUOTED) else ()
    return Card(title, Tone.BAD, (Text((text,)), *said), _way_out(error, console))


_QUOTED = (errors.NotFound, errors.Forbidden, errors.BadRequest, errors.PlanLacks, errors.Conflict)


def _way_out(error: errors.PulumiError, console: Console | None) -> tuple[Button, ...]:
    if isinstance(error, errors.Unauthorized) and error.saml_org and console and (url := console.saml(error.saml_org)):
        return (Open("Sign in again", url),)
    if isinstance(error, errors.OwnUnauthorized) and not error.saml_org:
        return (offer(),)
    return ()


# The first class that fits is the most exact one; {0} is the endpoint.
_WORDS: dict[type[errors.PulumiError], tuple[str, str]] = {
    errors.NotSent: (
        "Pulumi can't be reached",
        "I got no connection to Pulumi's API, so nothing happened there. Try again in a minute.",
    ),
    errors.NoAnswer: (
        "Pulumi didn't answer in time",
        "I asked ({0}) and gave up waiting. Reading is safe to try again.",
    ),
    errors.RateLimited: ("Pulumi limits how often I may ask", "Try again in {wait}."),
    errors.OwnUnauthorized: (
        "Pulumi refused your token",
        "The token that you linked was revoked or has expired. Link your account again.",
    ),
    errors.Unauthorized: (
        "Pulumi refused my token",
        "PULUMI_ACCESS_TOKEN is wrong, revoked or expired. Whoever runs me has to renew it.",
    ),
    errors.Forbidden: ("Pulumi doesn't allow me that", "My token can see it, but lacks the right to it."),
    errors.MissingRoute: ("This Pulumi server can't do that", "This Pulumi server has no “{0}”."),
    errors.NotFound: ("Not found", "It doesn't exist, or my token cannot see it."),
    errors.Conflict: ("Pulumi is busy with that", "Another operation holds it."),
    errors.PlanLacks: ("Not in your Pulumi plan", "The organization's plan does not include it."),
    errors.BadRequest: ("Pulumi refused the request", "It did not accept what I asked ({0})."),
    errors.ServerError: ("Pulumi had an error ({status})", "Its side failed while I asked ({0}). {request}"),
    errors.TooLarge: (
        "Pulumi's answer is too large for Slack",
        "I read no more of “{0}”. The Pulumi CLI shows it all.",
    ),
    errors.BadAnswer: ("Pulumi's answer made no sense", "The answer to “{0}” is not what its API promises."),
}


def _said(error: errors.PulumiError) -> tuple[str, str]:
    if isinstance(error, errors.Unauthorized) and error.saml_org:
        whose = "you" if isinstance(error, errors.OwnUnauthorized) else "the owner of my token"
        text = f"Pulumi wants {whose} to sign in to {error.saml_org} again."
        return f"The SAML session for {error.saml_org} has ended", text
    fitting = (words for kind, words in _WORDS.items() if isinstance(error, kind))
    title, text = next(fitting, _WORDS[errors.BadAnswer])
    status, request = (error.status, error.request_id) if isinstance(error, errors.ServerError) else (0, "")
    wait = _wait(error.retry_after) if isinstance(error, errors.RateLimited) else ""
    request = f"Pulumi's support can find it as {request}." if request else ""
    return title.format(status=status), text.format(error.endpoint, wait=wait, request=request).strip()


def _wait(after: timedelta | None) -> str:
    seconds = int(after.total_seconds()) if after else 60
    return f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"  # noqa: PLR2004  # two minutes


def _chat(error: errors.ChatError) -> Card:
    needed = f" The app lacks the scope {error.needed}." if error.needed else ""
    return Card("Slack refused", Tone.BAD, (Text((f"{error.method} said {error.code}.{needed}",)),))
