"""Reading the trail: one request's story, the newest rows, the whole of it as a file, and whether it is whole."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from bot.card import Card, Code, Facts, Note, Text, Tone
from bot.errors import Refusal
from bot.operations import Attachment, Draft
from bot.operations.paging import SIZE
from bot.operations.trail import TrailArgs
from bot.operations.wording import plural
from bot.ports import Clock, Directory
from bot.records import Record, Trail
from bot.services import story
from bot.services.electorate import Electorate
from bot.services.resolve import Where
from bot.services.trail_file import Form, written
from bot.trail import EMPTY, Break, Head, ended, walk

Told = tuple[Card, str | None] | tuple[Card, str | None, Attachment | None]

_AT_ONCE = 500
_LARGEST = 32 * 1024 * 1024  # bytes of a file; the command line writes longer ones
_REFUSED = "The whole trail is for auditors: this workspace's admins, and the policy's group auditors."


async def verify(trail: Trail) -> Head | Break:
    """Read every row: where the chain ends, or the first place where it is not whole. Rows added meanwhile may wait."""
    last = EMPTY
    async for rows in everything(trail):
        if isinstance(found := walk(last, rows), Break):
            return found
        last = found
    head = await trail.head()
    if late := head.seq - last.seq:  # written after the last row that was read, or missing
        found = walk(last, await trail.rows(last.seq, late) if late > 0 else ())
        if isinstance(found, Break):
            return found
        last = found
    return ended(last, head) or last


async def everything(trail: Trail) -> AsyncIterator[list[Record]]:
    """All rows, oldest first, some at a time."""
    last = 0
    while rows := await trail.rows(last, _AT_ONCE):
        yield rows
        last = rows[-1].seq


class Auditors:
    """Who may see everything: the workspace's admins, and whom the policy's group `auditors` names."""

    def __init__(self, directory: Directory, electorate: Electorate, names: tuple[str, ...]) -> None:
        self._directory = directory
        self._electorate = electorate
        self._names = names

    async def __call__(self, user: str) -> bool:
        """Whether that Slack user may. Raises ChatError when Slack does not say who it is."""
        person = await self._directory.person(user)
        return person.admin or await self._electorate.counts(user, self._names, "")


class Auditing:
    """One method for each command. `auditor` says whether a Slack user may see everything."""

    def __init__(self, trail: Trail, auditor: Callable[[str], Awaitable[bool]], *, clock: Clock) -> None:
        self._trail = trail
        self._auditor = auditor
        self._clock = clock

    @property
    def commands(self) -> Mapping[str, Callable[[Draft, Where], Awaitable[Told]]]:
        """Name → what answers it."""
        return {"trail": self._told, "trail verify": self._verify, "trail export": self._export}

    async def _told(self, draft: Draft, where: Where) -> Told:
        args = TrailArgs.model_validate(dict(draft.values))
        if args.id:
            return await self._story(args.id.upper()), None
        own = args.mine or not await self._auditor(where.user)
        found = await self._trail.newest(args.before, SIZE + 1, where.user if own else "")
        card = story.page(found[:SIZE], own=own, more=len(found) > SIZE, mine=args.mine, first=args.before is None)
        return card, None

    async def _story(self, subject: str) -> Card:
        records = await self._trail.of(subject) if subject.startswith("R-") else []
        if not records:
            raise Refusal(
                f"The trail has no request {subject}.", ("trail",), "A request is called R- and some letters."
            )
        return story.story(subject, records)

    async def _verify(self, _: Draft, where: Where) -> Told:
        await self._must_audit(where)
        return verified(await verify(self._trail)), None

    async def _export(self, draft: Draft, where: Where) -> Told:
        await self._must_audit(where)
        form: Form = "json" if draft.values.get("format") == "json" else "csv"
        file, count = "", 0
        async for rows in everything(self._trail):
            file += written(rows, form, headed=not count)
            count += len(rows)
            if len(file) > _LARGEST:
                raise Refusal("The trail is too long for Slack.", hint="On the server: python -m bot trail export")
        name = f"trail-{self._clock():%Y-%m-%d}.{'jsonl' if form == 'json' else 'csv'}"
        note = Note("It holds personal data: who did what")
        card = Card(f"The trail: {plural(count, 'row')}", Tone.PLAIN, (Text(("All of it, oldest first.",)), note))
        return card, None, Attachment(name, file.encode())

    async def _must_audit(self, where: Where) -> None:
        if not await self._auditor(where.user):
            raise Refusal(_REFUSED, ("trail",), "trail alone shows what you asked for yourself.")


def verified(found: Head | Break) -> Card:
    """What a check of the whole trail found."""
    if isinstance(found, Break):
        text = "Somebody or something other than the bot changed it. What is before that row is as it was written."
        return Card(f"The trail is broken at row {found.seq}", Tone.BAD, (Text((found.text,)), Text((text,))))
    facts = Facts((("Rows", (str(found.seq),)), ("Head", (Code(found.hash),))))
    note = Note("Keep the head elsewhere: nobody can make another trail that ends with it")
    return Card(
        "The trail is whole", Tone.GOOD, (Text(("Every row is as it was written, and none is missing.",)), facts, note)
    )
