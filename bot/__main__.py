"""The command line: `python -m bot` runs the bot, `explain` reads recorded events without any network."""

import argparse
import asyncio
import base64
import secrets
import sys


def main(argv: list[str] | None = None) -> int:
    """Run a subcommand; the exit status is 0 for success, 1 for a failure that was explained, 2 for bad usage."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["explain"]:
        from bot.explain import main as explain  # noqa: PLC0415  # it starts fast, without Bolt and SQLAlchemy

        return explain(words[1:])
    if words[:1] == ["manifest"]:
        from bot.manifest import main as manifest  # noqa: PLC0415  # it needs no settings

        return manifest(words[1:])
    if words[:1] == ["trail"]:
        from bot.auditor import main as trail  # noqa: PLC0415  # without Bolt

        return trail(words[1:], _database)
    if words[:1] == ["policy"]:
        return _policy(words[1:])
    parser = argparse.ArgumentParser(prog="python -m bot", description="The Pulumi ChatOps bot for Slack.")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("explain", help="say why recorded updates ended as they did", add_help=False)
    commands.add_parser("doctor", help="say what this deployment still lacks, with the fix")
    commands.add_parser("migrate", help="bring the database's schema up to date; PostgreSQL only needs it by hand")
    commands.add_parser("trail", help="check the trail of what was done, or write it out", add_help=False)
    commands.add_parser("keys", help="make a key for the tokens that people link: a line for the settings")
    commands.add_parser("manifest", help="print the Slack app's manifest, for HTTP with --url", add_help=False)
    commands.add_parser("policy", help="policy check [FILE]: say what a policy file means", add_help=False)
    parser.epilog = "Without a command the bot runs. The settings come from the environment and .env."
    command = parser.parse_args(words).command or "run"
    if command == "keys":
        print(f"ENCRYPTION_KEYS={base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}")
        return 0
    return _start(command)


def _database() -> str:
    from bot.settings import SettingsError, load  # noqa: PLC0415  # see explain

    try:
        return load().database_url
    except SettingsError as error:
        raise SettingsError(f"{error}\nOr name the database with --database.") from None


def _policy(words: list[str]) -> int:
    from bot.policy_check import main as policy  # noqa: PLC0415  # see explain
    from bot.settings import load  # noqa: PLC0415  # a file that is named needs no settings

    return policy(words, lambda: load().policy_file)


def _start(command: str) -> int:
    import uvloop  # noqa: PLC0415  # see explain

    from bot.app import diagnose, migrate, run  # noqa: PLC0415
    from bot.errors import BotError  # noqa: PLC0415
    from bot.observe import configure  # noqa: PLC0415
    from bot.settings import SettingsError, load  # noqa: PLC0415

    try:
        settings = load()
    except SettingsError as error:
        print(f"The settings are not complete:\n{error}\n.env.example lists them all.", file=sys.stderr)
        return 1
    configure(settings.log_level if command == "run" else "error", settings.log_format)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run({"doctor": diagnose, "migrate": migrate, "run": run}[command](settings))
    except BotError as error:
        print(f"The bot can't run: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
