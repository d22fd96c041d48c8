"""`python -m bot trail`: check the trail, or write it out, beside a running bot."""

import argparse
import asyncio
import sys
from collections.abc import Callable

from bot.errors import BotError
from bot.records import StoreDown
from bot.services.auditing import everything, verify
from bot.services.trail_file import Form, written
from bot.store.opening import open_readonly
from bot.store.trail import SqlTrail
from bot.trail import Break


def main(argv: list[str], database: Callable[[], str]) -> int:
    """0: whole, or written; 1: broken, or not readable. `database` gives the address where no option does."""
    parser = argparse.ArgumentParser(prog="python -m bot trail", description="The bot's own trail, read beside it.")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    check = commands.add_parser("verify", help="check that every row is as it was written, and that none is missing")
    export = commands.add_parser("export", help="write the whole trail to standard output")
    export.add_argument("--format", choices=("csv", "jsonl"), default="csv", help="a table, or one JSON object a line")
    for command in (check, export):
        command.add_argument("--database", metavar="URL", help="instead of DATABASE_URL")
    said = parser.parse_args(argv)
    try:
        url = said.database or database()
        return asyncio.run(_verify(url) if said.command == "verify" else _export(url, said.format))
    except StoreDown as error:
        print(f"The database does not answer: {error}", file=sys.stderr)  # noqa: T201  # a command line
    except BotError as error:
        print(f"The trail can't be read: {error}", file=sys.stderr)  # noqa: T201
    return 1


async def _verify(url: str) -> int:
    async with open_readonly(url) as database:
        found = await verify(SqlTrail(database))
    if isinstance(found, Break):
        print(f"The trail is broken at row {found.seq}. {found.text}")  # noqa: T201
        return 1
    print(f"The trail is whole: {found.seq} rows, head {found.hash}")  # noqa: T201
    return 0


async def _export(url: str, form: str) -> int:
    kind: Form = "csv" if form == "csv" else "json"
    headed = True
    async with open_readonly(url) as database:
        async for rows in everything(SqlTrail(database)):
            sys.stdout.write(written(rows, kind, headed=headed))
            headed = False
    if headed:
        sys.stdout.write(written((), kind))
    return 0
