"""Every setting, read once at start from the environment and `.env`. A bad value stops the start and is named."""

import base64
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import BotError


class SettingsError(BotError):
    """What is wrong with the settings, one line for each."""


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http(s) address, such as https://api.pulumi.com")
    return value.rstrip("/")


def _token(*prefixes: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(prefixes):
            raise ValueError(f"must start with {' or '.join(prefixes)}")
        return value

    return AfterValidator(check)


def _words(value: object) -> object:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _keys(values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for value in values:
        try:
            whole = len(base64.urlsafe_b64decode(value.get_secret_value())) == 32  # noqa: PLR2004  # Fernet's
        except ValueError:
            whole = False
        if not whole:
            raise ValueError("must be keys as python -m bot keys makes them, newest first")
    return values


Url = Annotated[str, AfterValidator(_url)]


class Settings(BaseSettings):
    """All settings with their defaults; `.env.example` lists the same names, a test compares them."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    slack_bot_token: Annotated[SecretStr, _token("xoxb-")] = Field(description="Bot User OAuth Token of the Slack app")
    slack_app_token: Annotated[SecretStr, _token("xapp-")] | None = Field(
        None, description="App-Level Token with connections:write, for Socket Mode"
    )
    slack_signing_secret: SecretStr | None = Field(None, description="Signing Secret of the Slack app, for HTTP mode")
    slack_mode: Literal["socket", "http"] | None = Field(
        None, description="socket or http; without it socket where there is an app token, else http"
    )
    slack_api_url: Url = Field("https://slack.com/api", description="Slack's Web API; any compatible server")
    slash_command: Annotated[str, Field(pattern=r"^/[a-z0-9_-]{1,31}$")] = Field(
        "/pulumi", description="The slash command, as the app manifest names it"
    )
    pulumi_api_url: Url = Field("https://api.pulumi.com", description="Pulumi's REST API; self-hosted may carry a path")
    pulumi_console_url: Url | None = Field(
        None, description="The console, where it cannot be derived from the API's address"
    )
    pulumi_access_token: SecretStr = Field(description="The service token that every read uses")
    act_as: Literal["service", "requester"] = Field(
        "service", description="Whose token calls use: the service's, or that of whoever asks, who links it first"
    )
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_words), AfterValidator(_keys)] = Field(
        (), description="Keys for the tokens that people link, newest first; python -m bot keys makes one"
    )
    link_by_email: bool = Field(
        default=False, description="Know who is not linked by their e-mail address; it gives nobody a right"
    )
    pulumi_orgs: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = Field(
        (), description="Organizations the bot may show, separated by spaces; empty: all that the token sees"
    )
    pulumi_webhook_secret: SecretStr | None = Field(
        None, description="The secret of a webhook at Pulumi that leads to /pulumi/webhooks; without it there is none"
    )
    ops_channel: Annotated[str, Field(pattern=r"^(#[\w.-]{1,80}|[CG][A-Z0-9]{6,20})?$")] = Field(
        "", description="The channel of whoever runs the bot: told when it sees or says nothing; #name or id"
    )
    policy_file: Path | None = Field(
        None, description="Who has to approve what, as TOML; without it nobody can approve, and nothing is changed"
    )
    database_url: str = Field(
        "sqlite:///var/bot.db", description="Where the bot remembers: a SQLite file, or postgresql://…"
    )
    host: str = Field("127.0.0.1", description="Where to listen for HTTP: health, and Slack in HTTP mode")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8080, description="The port to listen on; 0 takes a free one")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged")
    log_format: Literal["json", "text"] = Field("json", description="One JSON object a line, or text for people")

    @property
    def mode(self) -> Literal["socket", "http"]:
        """How Slack reaches the bot."""
        return self.slack_mode or ("socket" if self.slack_app_token else "http")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.pulumi_access_token.get_secret_value().strip():
            raise ValueError("PULUMI_ACCESS_TOKEN is empty")
        if self.act_as == "requester" and not self.encryption_keys:
            raise ValueError("ENCRYPTION_KEYS is not set, and ACT_AS=requester needs it; python -m bot keys makes one")
        if self.slack_mode is None and not (self.slack_app_token or self.slack_signing_secret):
            raise ValueError("SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is not set")
        if self.mode == "socket" and not self.slack_app_token:
            raise ValueError("SLACK_APP_TOKEN is not set, and Socket Mode needs it")
        if self.mode == "http" and not self.slack_signing_secret:
            raise ValueError("SLACK_SIGNING_SECRET is not set, and HTTP mode needs it")
        return self


def load() -> Settings:
    """The settings of this process. Raises SettingsError that names each variable, and never a secret's value."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(map(_line, error.errors(include_input=False)))) from None


def _line(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0]).upper() if detail["loc"] else ""
    reason = "is not set" if detail["type"] == "missing" else detail["msg"].removeprefix("Value error, ")
    return f"{name} {reason}".strip()
