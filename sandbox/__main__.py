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
from sandbox.child import HOME, keep_running


def main(argv: list[str] | None = None) -> int:
    """Serve until interrupted. The exit status is 1 when the port is taken."""
    options = _parser().parse_args(argv)
    sandbox = create(profile=options.profile, speed=options.speed, seed=options.seed)
    try:
        listener = socket.create_server((options.host, options.port))
    except OSError as error:
        print(f"Can't listen on {options.host}:{options.port} ({error.strerror}). Try --port 0.", file=sys.stderr)
        return 1
    home: Path = options.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(sandbox, listener, home if options.bot else None))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Slack and Pulumi Cloud on loopback.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=8765, help="the port; 0 takes any free one (default: 8765)")
    parser.add_argument("--no-bot", dest="bot", action="store_false", help="serve only; connect a bot yourself")
    parser.add_argument("--profile", choices=("current", "seed"), default="current", help="which Pulumi to imitate")
    parser.add_argument(
        "--home", type=Path, default=HOME, help="where the bot keeps its database (default: var/sandbox)"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="how fast updates play (default: 1.0)")
    parser.add_argument("--seed", type=int, default=1, help="the number that the data is made from")
    return parser


async def _serve(sandbox: Sandbox, listener: socket.socket, home: Path | None) -> None:
    runner = web.AppRunner(sandbox.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    host, port = listener.getsockname()[:2]
    address = f"http://{host}:{port}"
    print(f"The sandbox is at {address}/", flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    child = asyncio.create_task(keep_running(sandbox, address, home)) if home else None
    await stop.wait()
    if child:
        child.cancel()
        await asyncio.gather(child, return_exceptions=True)
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
