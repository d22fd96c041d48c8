"""The libraries of the bot and nothing of its own: what a process weighs before it does anything."""

import importlib
import signal
import sys
from typing import Final

_LIBRARIES: Final = (
    "aiohttp",
    "aiosqlite",
    "alembic.command",
    "cachetools",
    "httpx",
    "msgspec",
    "pydantic",
    "pydantic_settings",
    "rapidfuzz",
    "slack_bolt.adapter.socket_mode.aiohttp",
    "slack_bolt.async_app",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.ext.asyncio",
    "structlog",
    "uvicorn",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
    "wcwidth",
)

if __name__ == "__main__":
    for _library in _LIBRARIES:
        importlib.import_module(_library)
    sys.stdout.write("imported\n")
    sys.stdout.flush()
    signal.pause()
