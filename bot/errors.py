"""Everything the bot raises on purpose. `handlers/errors.py` is the only place that words them for people.

BotError
├── Refusal              says why to the person who asked, in its own words
│   └── UsageError       what was typed, which word is wrong, and what was probably meant
├── PulumiError          an answer from Pulumi, or none; a write's outcome is unknown unless it is a NothingHappened
│   ├── NothingHappened  provably
│   │   ├── NotSent · RateLimited        never looked at: the same may be asked again later
│   │   └── ClientError                  4xx: the same would be refused again
│   │       └── Unauthorized · Forbidden · NotFound · MissingRoute · Conflict · BadRequest · PlanLacks
│   ├── NoAnswer         sent, no complete answer
│   ├── ServerError      5xx
│   └── BadAnswer        2xx that does not fit what Pulumi documents, or a redirect
│       └── TooLarge     more than the bot is willing to hold
└── ChatError            Slack refused or did not answer
"""

from dataclasses import dataclass, field
from datetime import timedelta


class BotError(Exception):
    """The root: whatever else escapes is a bug."""


@dataclass
class Refusal(BotError):
    """A kind "no": `text` is shown as it is, `commands` become buttons that run them.

    `form` is the line of a change that a form can complete: its button opens one.
    """

    text: str
    commands: tuple[str, ...] = ()
    hint: str = ""
    form: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass
class UsageError(Refusal):
    """The text could not be read. `typed` is kept, so that nothing a person wrote is lost."""

    typed: str = ""


@dataclass
class PulumiError(BotError):
    """`endpoint` is a short name such as "get stack", never a URL; no token is ever part of it."""

    endpoint: str
    message: str = ""

    def __str__(self) -> str:
        return f"{type(self).__name__} from {self.endpoint}: {self.message}".rstrip(": ")


class NothingHappened(PulumiError):
    """Whatever was asked for, Pulumi provably did not do it. Every other PulumiError of a write leaves that open."""


class NotSent(NothingHappened):
    """The connection could not be made; not one byte of the request left."""


class ClientError(NothingHappened):
    """4xx: Pulumi looked at the request and did not carry it out. `message` is Pulumi's own."""


class NoAnswer(PulumiError):
    """The request left, but no complete answer came within the deadline."""


@dataclass
class RateLimited(NothingHappened):
    """429. `retry_after` is None when Pulumi did not say."""

    retry_after: timedelta | None = None


@dataclass
class Unauthorized(ClientError):
    """401. `saml_org` names the organization whose SAML session has to be renewed, when that is the cause."""

    saml_org: str | None = None


class OwnUnauthorized(Unauthorized):
    """401 for the token of somebody who linked their account."""


class Forbidden(ClientError):
    """403: the thing is visible to this token, the right is lacking. `message` is Pulumi's own."""


class NotFound(ClientError):
    """404 in Pulumi's own form: it does not exist, or this token may not know that it does."""


class MissingRoute(ClientError):
    """This server does not have the endpoint at all (self-hosted servers; api.md calls for a kind word)."""


class Conflict(ClientError):
    """409: a lock, or a duplicate."""


class BadRequest(ClientError):
    """400, 413 or 422. `message` is Pulumi's own."""


class PlanLacks(ClientError):
    """402: the organization's plan does not include it."""


@dataclass
class ServerError(PulumiError):
    """5xx. `request_id` is what Pulumi's support asks for; `retry_after` is None when nobody said."""

    status: int = 500
    request_id: str = ""
    retry_after: timedelta | None = None


class BadAnswer(PulumiError):
    """A success whose body is not what the endpoint promises, or a redirect."""


@dataclass
class TooLarge(BadAnswer):
    """The answer is larger than `limit` bytes; reading it stopped there."""

    limit: int = 0


@dataclass
class ChatError(BotError):
    """Slack's Web API said no (`code` is Slack's own word), or did not answer (`code` is "no_answer").

    `retry_after` comes with "ratelimited".
    """

    method: str
    code: str
    needed: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    retry_after: timedelta | None = None

    def __str__(self) -> str:
        return f"{self.method}: {self.code}"
