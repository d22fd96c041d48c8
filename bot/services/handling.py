"""What people press under a failure: each is one transaction, and whoever pressed is answered alone."""

from collections.abc import Callable, Sequence
from functools import partial

from bot import incidents
from bot.card import Button, Card, Open, Run, Text, Tone
from bot.chronicle import News
from bot.errors import MissingRoute, Refusal
from bot.filters import Pattern
from bot.incidents import Incident
from bot.operations import Attachment
from bot.operations.log import entries
from bot.plain import plain
from bot.ports import Clock
from bot.services.accounts import Accounts
from bot.services.desk import Answer
from bot.services.incident_cards import shown_again
from bot.services.resolve import Where
from bot.subscriptions import Mute

_MOST = 20_000  # lines of a log file


class Handling:
    """All raise Refusal for the person alone, and StoreDown."""

    def __init__(
        self,
        news: News,
        accounts: Accounts,
        *,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._news = news
        self._accounts = accounts
        self._clock = clock
        self._changed = changed

    async def take(self, incident_id: str, where: Where) -> Card:
        """*I'm on it*; a second press takes it back."""
        after = await self._press(incident_id, partial(_still, incidents.taken, where.user))
        if where.user in after.on_it:
            text = "Everybody sees it on the card. Press again when you no longer are."
            return Card(f"You are on it: {after.stack}", Tone.GOOD, (Text((text,)),))
        return Card(f"You are no longer on it: {after.stack}", Tone.PLAIN)

    async def hush(self, incident_id: str, where: Where) -> Card:
        """*Mute until fixed*: no word of the stack in this channel before it recovers."""
        found = await self._find(incident_id)
        mute = Mute(target=Pattern.of(found.stack), until=None, by=where.user)
        channel = where.user if where.channel.startswith("D") else where.channel  # people are told by their own id
        step = partial(_still, incidents.muted, channel, where.user)
        after = await self._press(incident_id, step, (channel, mute))
        text = "Its recovery is told. To hear of it before:"
        return Card(f"Muted until fixed: {after.stack}", Tone.PLAIN, (Text((text,)),), _unmute(after))

    async def wait_for(self, incident_id: str, where: Where) -> Card:
        """*Watch next run*: the person gets it live, in direct messages."""
        after = await self._press(incident_id, partial(_still, incidents.awaited, where.user))
        text = "I show it in your direct messages with me as soon as it begins."
        return Card(f"You will see the next run of {after.stack}", Tone.GOOD, (Text((text,)),))

    async def full_log(self, incident_id: str, where: Where) -> Answer:
        """*Full log*: every line of the latest failing update as a file. Raises PulumiError."""
        found = await self._find(incident_id)
        pulumi = await self._accounts.api(where.user, own=False)
        lines = [f"{found.stack} {found.latest.label}  {found.latest.url}".strip(), ""]
        try:
            async for page in pulumi.events(found.stack, found.latest.update_id):
                for entry in (each for event in page.events for each in entries(event)):
                    lines += _written(f"{entry.tone} {entry.subject}".strip(), entry.text)
        except MissingRoute:
            raise Refusal("This Pulumi server gives no events for it.") from None
        more = len(lines) - _MOST
        lines = [*lines[:_MOST], *([f"… and {more} more lines"] if more > 0 else [])]
        name = f"{found.stack} {found.latest.label}.log".replace("/", "-").replace(" ", "-")
        card = Card(f"Full log · {found.stack} · {found.latest.label}", Tone.PLAIN, (), _links(found))
        return Answer(card, None, Attachment(name, "\n".join(lines).encode()))

    async def _find(self, incident_id: str) -> Incident:
        if found := await self._news.incident(incident_id):
            return found
        raise _gone()

    async def _press(
        self, incident_id: str, step: Callable[[Incident], Incident], mute: tuple[str, Mute] | None = None
    ) -> Incident:
        try:
            after = await self._news.press(incident_id, step, shown_again, mute=mute)
        except LookupError:
            raise _gone() from None
        self._changed()
        return after


def _still(step: Callable[..., Incident], *who: str | Incident) -> Incident:
    """The step, while the incident is open: `who` ends with the incident."""
    *names, incident = who
    if not isinstance(incident, Incident):
        raise TypeError("the last argument is the incident")
    if incident.fixed_by:
        raise Refusal(f"It is over: {incident.stack} was fixed by {incident.fixed_by.label}.")
    return step(incident, *names)


def _gone() -> Refusal:
    return Refusal("I don't know that failure any more.", ("status",))


def _unmute(incident: Incident) -> tuple[Button, ...]:
    return (Run("Unmute", f"unmute {incident.stack}"),)


def _links(incident: Incident) -> tuple[Button, ...]:
    return (Open("Open in Pulumi", incident.latest.url),) if incident.latest.url else ()


def _written(subject: str, text: str) -> Sequence[str]:
    head, *rest = plain(text).splitlines() or [""]
    return [f"{subject}  {head}".rstrip(), *(f"    {line}" for line in rest)]
