"""`python -m sandbox`: one page, two services, and the real bot connected to them."""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
from pathlib import Path

from aiohttp import web

from sandbox.app import Sandbox, create
from sandbox.child import HOME, connection, keep_running


def main(argv: list[str] | None = None) -> int:
    """Serve until interrupted. The exit status is 1 when the port is taken."""
    options = _options(argv)
    sandbox = create(
        profile=options.profile,
        speed=options.speed,
        seed=options.seed,
        mode=options.mode,
        limits=options.limits == "on",
    )
    try:
        listener = socket.create_server((options.host, options.port))
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]
        print(f"Can't listen on {options.host}:{options.port} ({reason}). Try --port 0.", file=sys.stderr)
        return 1
    home: Path = options.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(sandbox, listener, home if options.bot else None, options.request_url))
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    """A request URL is an app's that runs elsewhere, in HTTP mode."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.request_url:
        if options.mode == "socket":
            parser.error("--request-url is for --mode http")
        options.bot = False
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Slack and Pulumi Cloud on loopback.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=8765, help="the port; 0 takes any free one (default: 8765)")
    parser.add_argument("--no-bot", dest="bot", action="store_false", help="serve only; connect a bot yourself")
    parser.add_argument("--mode", choices=("socket", "http"), default="socket", help="how Slack reaches the app")
    parser.add_argument(
        "--request-url", default="", metavar="URL", help="with --mode http: where an app of yours listens; no bot then"
    )
    parser.add_argument("--profile", choices=("current", "seed"), default="current", help="which Pulumi to imitate")
    parser.add_argument(
        "--home", type=Path, default=HOME, help="where the bot keeps its database (default: var/sandbox)"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="how fast updates play (default: 1.0)")
    parser.add_argument("--limits", choices=("on", "off"), default="on", help="Slack's rate limits (default: on)")
    parser.add_argument("--seed", type=int, default=1, help="the number that the data is made from")
    return parser


async def _serve(sandbox: Sandbox, listener: socket.socket, home: Path | None, request_url: str) -> None:
    stop = Stop()
    runner = web.AppRunner(sandbox.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    host, port = listener.getsockname()[:2]
    address = f"http://{host}:{port}"
    print(f"The sandbox is at {address}/", flush=True)
    if request_url:
        sandbox.slack.http.connect(request_url, f"{address}/slack")
    if home:
        await stop.outlived_by(asyncio.create_task(keep_running(sandbox, address, home)))
    else:
        print("Connect an app of yours with:", *_lines(connection(sandbox, address)), sep="\n", flush=True)
        await stop.wait()
    await runner.cleanup()


def _lines(settings: dict[str, str]) -> list[str]:
    return [f"  {name}={value}" for name, value in settings.items()]


class Stop:
    """Set by a signal. At the first one the bot ends politely, at a second at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._child: asyncio.Task[None] | None = None
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._heard)

    async def wait(self) -> None:
        """Until it is set."""
        await self._event.wait()

    async def outlived_by(self, child: asyncio.Task[None]) -> None:
        """Until it is set, and then until the child ended; at once with its exception, should it have one."""
        self._child = child
        child.add_done_callback(lambda _: self._event.set())
        await self._event.wait()
        child.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await child

    def _heard(self) -> None:
        if self._event.is_set() and self._child:
            self._child.cancel()
        self._event.set()


if __name__ == "__main__":
    sys.exit(main())
