"""The commands that the bot answers from its own memory: help, whoami, link, unlink, use."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import groupby

from bot.card import Act, Bold, Button, Card, Code, Facts, Items, Line, Part, Run, Text, Tone, When
from bot.errors import NotFound, Refusal
from bot.model import StackRef
from bot.operations import CATALOGUE, Attachment, Catalogue, Draft, Entry, Here, Mutation
from bot.ports import Directory, PulumiApi
from bot.services.accounts import Accounts, offer
from bot.services.resolve import Defaults, Question, Resolver, Where

_Told = (
    tuple[Card, str | None]
    | tuple[Card, str | None, Attachment | None]
    | tuple[Card, str | None, Attachment | None, bool]
)


class Chores:
    """One method for each Chore of the catalogue, its own or among `others` (name → what answers it)."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        *,
        pulumi: PulumiApi,
        directory: Directory,
        defaults: Defaults,
        resolver: Resolver,
        accounts: Accounts,
        command: str,
        catalogue: Catalogue = CATALOGUE,
        others: Mapping[str, Callable[[Draft, Where], Awaitable[_Told]]] | None = None,
    ) -> None:
        self._pulumi = pulumi
        self._directory = directory
        self._defaults = defaults
        self._resolver = resolver
        self._accounts = accounts
        self._command = command
        self._catalogue = catalogue
        self._known: dict[str, Callable[[Draft, Where], Awaitable[_Told]]] = {
            "help": self._help,
            "whoami": self._whoami,
            "link": self._link,
            "unlink": self._unlink,
            "use": self._use,
            **(others or {}),
        }

    @property
    def names(self) -> Iterable[str]:
        """The chores that can be run; a test holds them against the catalogue."""
        return self._known

    async def run(self, draft: Draft, where: Where) -> _Told:
        """What the parts of an `Answer` are. Raises BotError."""
        return await self._known[draft.entry.name](draft, where)

    async def _help(self, draft: Draft, _: Where) -> _Told:
        said = draft.values.get("command", ())
        words = " ".join(said).split() if isinstance(said, tuple) else []
        if not words:
            return self._overview(), "help"
        if found := self._catalogue.find(words):
            return self._one(found[0]), f"help {found[0].name}"
        near = [name for name, _ in self._catalogue.near(words)]
        hint = "Did you mean one of these?" if near else ""
        raise Refusal(f'I don\'t know "{" ".join(words)}".', tuple(f"help {name}" for name in near) or ("help",), hint)

    def _overview(self) -> Card:
        parts: list[Part] = [Text(("Names, verbs and flags are the Pulumi CLI's own; help <command> tells more.",))]
        for group, entries in groupby(self._catalogue, key=lambda entry: entry.group):
            parts += [Text((Bold(group),)), Items(tuple(_help_line(self._command, entry) for entry in entries))]
        tries = ("status", "stack ls", "help why")
        return Card("What I can do", Tone.PLAIN, tuple(parts), tuple(Run(each, each) for each in tries))

    def _one(self, entry: Entry) -> Card:
        facts: list[tuple[str, Line]] = [("Usage", (Code(f"{self._command} {entry.usage}"),))]
        if entry.example:
            facts.append(("Example", (Code(f"{self._command} {entry.name} {entry.example}"),)))
        if entry.aliases:
            facts.append(("Also", (", ".join(entry.aliases),)))
        flags = [slot for slot in (*entry.slots, *entry.flags) if not slot.positional]
        facts += [(slot.flag, (slot.about,)) for slot in flags if slot.about]
        parts = (Text((entry.summary,)), Facts(tuple(facts)))
        tries: tuple[Button, ...] = ()
        if isinstance(entry, Mutation):
            tries = (Act("Fill in a form…", "form", entry.name),)
        else:
            tries = (Run("Try it", f"{entry.name} {entry.example}".strip()),)
        return Card(entry.name, Tone.PLAIN, parts, tries)

    async def _whoami(self, _: Draft, where: Where) -> _Told:
        person, user = await self._directory.person(where.user), await self._pulumi.user()
        channel, mine = await self._defaults.channel(where), await self._defaults.own(where)
        acting = f"{user.machine} (a machine token)" if user.machine else user.login
        linked = await self._accounts.linked(where.user)
        own: Line = (Bold(linked.login), ", linked ", When(linked.at)) if linked else ("not linked",)
        facts: tuple[tuple[str, Line], ...] = (
            ("Slack", (person.name,)),
            ("Your Pulumi account", own),
            ("I act as", self._accounts.acting(acting)),
            ("Organizations", (", ".join(await self._resolver.orgs()) or "none",)),
            ("This channel's default", (_named(channel),)),
            ("Your default", (_named(mine),)),
        )
        return Card(f"You are {person.name}", Tone.PLAIN, (Facts(facts),), () if linked else (offer(),)), None

    async def _link(self, _: Draft, where: Where) -> _Told:
        """Typed where no form can be opened (a mention): the button that opens it."""
        self._accounts.must_be_on()
        linked = await self._accounts.linked(where.user)
        known: Line = ("You are ", Bold(linked.login), " at Pulumi. ") if linked else ()
        text = "Press the button, and paste an access token of yours into the form. Never write one into a message."
        return Card("Link your Pulumi account", Tone.PLAIN, (Text((*known, text)),), (offer(),)), None

    async def _unlink(self, _: Draft, where: Where) -> _Told:
        if not await self._accounts.unlink(where.user):
            return Card("You have no linked account", Tone.PLAIN, (), (offer(),)), None
        text = "I forgot the token. It lives on at Pulumi until you revoke it there."
        return Card("Your Pulumi account is unlinked", Tone.GOOD, (Text((text,)),)), None

    async def _use(self, draft: Draft, where: Where) -> _Told:
        mine = bool(draft.values.get("me"))
        scope, whose = (where.user, "Your default") if mine else (where.channel, "This channel's default")
        if draft.values.get("clear"):
            await self._defaults.put(scope, None)
            return Card(f"{whose} is cleared", Tone.GOOD), None
        if draft.target in {None, Here()}:
            return (await self._whoami(draft, where))[0], None
        stack = await self._existing(draft, where)
        if isinstance(stack, Question):
            return Card(stack.text, Tone.PLAIN, (), tuple(Run(option, option) for option in stack.options)), None
        await self._defaults.put(scope, stack)
        text = "Commands without a target mean it now. Change it with use <target>, forget it with use --clear."
        return Card(f"{whose} is {stack}", Tone.GOOD, (Text((text,)),), (Run("status", "status"),)), None

    async def _existing(self, draft: Draft, where: Where) -> StackRef | Question:
        found = await self._resolver.stack(draft, where)
        if found is None or isinstance(found, Question):
            return found or Question("Which stack?", ())
        try:
            return (await self._pulumi.stack(found)).stack
        except NotFound:
            near = await self._resolver.near(found, draft)
            raise Refusal(
                f"{found} doesn't exist, or my token cannot see it.", near, "Close:" if near else ""
            ) from None


def _help_line(command: str, entry: Entry) -> Line:
    return (Code(f"{command} {entry.usage}"), f"  {entry.summary}")


def _named(stack: StackRef | None) -> str:
    return str(stack) if stack else "not set"
