"""Until a signal: what runs beside the listeners, and the order in which it ends."""

import asyncio
import signal

import structlog
from slack_sdk.socket_mode.aiohttp import SocketModeClient

log = structlog.get_logger()


def stop_on_signals(loop: asyncio.AbstractEventLoop) -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def watch_socket(client: SocketModeClient, stop: asyncio.Event, *, every: float = 2.0) -> None:
    """Give a disconnected client a new address: after a failed handshake it would retry the old one for ever."""
    away = 0
    while not await _stopped(stop, every):
        away = 0 if await client.is_connected() else away + 1
        if away >= 2:  # noqa: PLR2004  # two looks in a row: not a reconnection that is under way
            log.warning("socket mode is disconnected; asking Slack for a new address")
            client.wss_uri = None
            away = 0


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True
