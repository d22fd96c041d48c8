"""Logging: structlog for our own lines, the same form for those of libraries, one line an event, no secrets in it."""

import logging
import re
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import msgspec
import structlog

# Tokens of Slack and Pulumi, and the path of a response_url, which is a capability by itself.
_SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|pul-[0-9a-f]{8,}|(?<=/)(?:commands|actions|response|app)/[\w/-]{12,}"
)


def mask(text: str) -> str:
    """The text with everything that looks like a token blanked."""
    return _SECRET.sub("[hidden]", text)


def configure(level: str, form: str) -> None:
    """Send everything that is logged in this process to standard error, as JSON or as text."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    last = (
        structlog.processors.JSONRenderer(_as_json)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _masked, last]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("httpx", "httpcore", "aiosqlite", "alembic", "slack_bolt", "slack_sdk", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    structlog.configure(
        processors=[*shared, _masked, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _as_json(event: object, default: Callable[[Any], Any]) -> str:
    return msgspec.json.encode(event, enc_hook=default).decode()


def _masked(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401  # structlog's
    return {key: mask(value) if isinstance(value, str) else value for key, value in event.items()}
