"""The cards that tell a channel what happened to a stack. Pure; they say moments, never ages, so that none grows old.

The failure's is what everything else is for: its state first, what failed, why, what is half-done, whom to ask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.card import (
    Bold,
    Button,
    Card,
    Facts,
    Group,
    Inline,
    Items,
    Line,
    Link,
    Note,
    Open,
    Output,
    Part,
    Run,
    Text,
    Tone,
    User,
    When,
)
from bot.conclusions import Conclusion, Violation
from bot.happenings import Kind
from bot.model import Commit, Result, StackRef, UpdateInfo
from bot.operations.base import Scene
from bot.operations.update_card import failing, name_of, ran_in, real_failures
from bot.operations.wording import TONES, changes, first_line, kind, linked, plural, state, title, took
from bot.services.hints import hint_for

_VIOLATIONS: Final = 5
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An update with all that is told of it. `found` is None where its events can't be read.

    `author` is who caused it, as Slack knows them. `called` are those whom the stack's tags want to be mentioned,
    `owners` what else they name. `last_good` is the newest update before it that went well.
    """

    update: UpdateInfo
    found: Conclusion | None = None
    author: User | None = None
    called: tuple[User | Group, ...] = ()
    owners: tuple[str, ...] = ()
    last_good: UpdateInfo | None = None


def failed_card(story: Story, scene: Scene) -> Card:
    """A change that failed, as it is told in a channel; how it stands now is added by `incident_card`."""
    update, found = story.update, story.found
    parts: list[Part] = [*_blame(found), *_half_done(update, found), *_mentions(story)]
    facts = [*_changed(story), *_ran(update, found), *_last_good(story, scene), *_owned(story)]
    parts += [Facts(tuple(facts)), *_hints(found), *_small_print(update, found)]
    return Card(_failed_title(update, found), Tone.BAD, tuple(part for part in parts if part != Facts(())))


def _failed_title(update: UpdateInfo, found: Conclusion | None) -> str:
    if not found or not found.maybe_corrupt:
        return title(update)
    return f"{kind(update)} failed, its state may be corrupt · {update.stack} · {update.label}"


def _mentions(story: Story) -> Iterable[Part]:
    """A line that notifies; a preview harms nobody, and wakes nobody."""
    who = dict.fromkeys([*story.called, *([story.author] if story.author else [])])
    if who and not story.update.preview:
        yield Text(("For", *(piece for each in who for piece in (" ", each))))


def _blame(found: Conclusion | None) -> Iterable[Part]:
    """Mandatory policies where they are the cause, else the resources; then the first real error."""
    if found is None:
        return
    if found.policies.mandatory:
        yield Items(_violations(found.policies.mandatory))
    if failures := real_failures(found):
        yield Items(failing(failures))
    if found.cause:
        yield Output(found.cause)


def _violations(violations: Sequence[Violation]) -> tuple[Line, ...]:
    lines: list[Line] = []
    for each in violations[:_VIOLATIONS]:
        pack = f"{each.pack}@{each.version}" if each.version else each.pack
        where = f" on {each.resource}" if each.resource else ""
        lines.append(("Policy ", Bold(each.policy or "without a name"), f" of {pack}{where}"))
    more = len(violations) - _VIOLATIONS
    return (*lines, (f"and {plural(more, 'more violation')}",)) if more > 0 else tuple(lines)


def _half_done(update: UpdateInfo, found: Conclusion | None) -> Iterable[Part]:
    counts = found.counts if found and found.counts else update.changes
    pieces = [f"{len(real_failures(found))} failed"] if found and real_failures(found) else []
    pieces += [changes(counts).replace(", ", "  ·  ")] if counts else []
    if found and found.interrupted:
        cut = plural(len(found.interrupted), "resource was", "resources were")
        pieces.append(f"{cut} cut short and may exist in part")
    if pieces:
        yield Text(("  ·  ".join(pieces),))
    if found and found.maybe_corrupt:
        yield Text((Bold("Pulumi warns that its state may not match what exists. Look before anybody runs it again."),))


def _changed(story: Story) -> Iterable[tuple[str, Line]]:
    """Who, which commit with which words, from which pull request; what is different from what was good."""
    update, commit = story.update, story.update.commit
    pieces: list[Inline] = [str(update.requested_by)] if update.requested_by else []
    if commit and commit.sha:
        pieces += [" in " if pieces else "in ", Link(commit.sha[:7], _safe(commit.url))]
        pieces.append(" (with uncommitted changes)" if commit.dirty else "")
    if said := first_line(update.message or (commit.message if commit else "")):
        pieces.append(f" “{said}”" if pieces else f"“{said}”")
    if pull := _pull(update):
        pieces += ["  ·  ", pull]
    if difference := _difference(story):
        pieces += ["  ·  ", difference]
    if pieces:
        yield "Changed by", tuple(pieces)


def _safe(url: str) -> str | None:
    return url if url.startswith("https://") else None


def _pull(update: UpdateInfo) -> Link | None:
    number = update.environment.get("ci.pr.number") or update.environment.get("github.pr.number", "")
    if not number.isdecimal():
        return None
    home = _home(update.commit)
    return Link(f"PR #{number}", f"{home}/pull/{number}" if home else None)


def _home(commit: Commit | None) -> str | None:
    """The repository's page, where the address of the commit has GitHub's form."""
    home, found, _ = (commit.url if commit else "").partition("/commit/")
    return home if found and home.startswith("https://github.com/") else None


def _difference(story: Story) -> Link | None:
    good, now = story.last_good, story.update.commit
    if not good or not good.commit or not now or not _home(now) or _home(good.commit) != _home(now):
        return None
    if not good.commit.sha or good.commit.sha == now.sha:
        return None
    return Link(f"what is new since {good.label}", f"{_home(now)}/compare/{good.commit.sha}...{now.sha}")


def _ran(update: UpdateInfo, found: Conclusion | None) -> Iterable[tuple[str, Line]]:
    pieces: list[Inline] = []
    if update.ended:
        pieces += ["ended ", When(update.ended)]
    seconds = found.duration_seconds if found else None
    if update.started and update.ended:
        seconds = (update.ended - update.started).total_seconds()
    if seconds is not None and 0 <= seconds < 30 * _DAY:
        pieces.append(f"{', ' if pieces else ''}took {took(timedelta(seconds=seconds))}")
    if where := ran_in(update):
        pieces += [", in " if pieces else "in ", *where]
    if pieces:
        yield "Ran", tuple(pieces)


def _last_good(story: Story, scene: Scene) -> Iterable[tuple[str, Line]]:
    if good := story.last_good:
        yield "Last good", (linked(good, scene), *((", ", When(good.ended)) if good.ended else ()))


def _owned(story: Story) -> Iterable[tuple[str, Line]]:
    if story.owners:
        yield "Owned by", (", ".join(story.owners),)


def _hints(found: Conclusion | None) -> Iterable[Part]:
    hint = hint_for(found.cause) if found else None
    if hint:
        host = hint.page.split("/")[2].removeprefix("www.")
        yield Text((Bold("Hint, a guess by the words"), f"  {hint.text} ", Link(host, hint.page)))


def _small_print(update: UpdateInfo, found: Conclusion | None) -> Iterable[Note]:
    if found is None:
        yield Note("Its events can't be read, so I can't say why")
    elif found.incomplete and update.result.final:
        yield Note("Pulumi's record of it has holes: something may be missing here")
    if found and found.policies.advisory:
        yield Note(plural(len(found.policies.advisory), "advisory policy finding"))


_SHORT: Final = {
    Kind.STARTED: Tone.RUNNING,
    Kind.SUCCEEDED: Tone.GOOD,
    Kind.CANCELED: Tone.WARN,
    Kind.DESTROYED: Tone.GOOD,
    Kind.REFRESHED: Tone.GOOD,
    Kind.STUCK: Tone.WARN,
}


def short_card(told: Kind, story: Story, scene: Scene) -> Card:
    """What went as it should, or was stopped: one line of what changed, one of who."""
    update = story.update
    if told is Kind.PREVIEWS and update.result is Result.FAILED:
        return _failed_preview(story, scene)
    head = f"Stuck · {update.stack} · {update.label}" if told is Kind.STUCK else title(update)
    facts = [*_counts(story), *_changed(story), *_ran(update, story.found)]
    parts: list[Part] = [Facts(tuple(facts))] if facts else []
    if told is Kind.STUCK:
        parts.insert(0, Text(("Nothing was heard of it for a while. It may wait for something slow, or be stuck.",)))
    if story.found and told is Kind.CANCELED:
        parts += [*_half_done(update, story.found)]
    tone = TONES[update.result] if told is Kind.PREVIEWS else _SHORT.get(told, TONES[update.result])
    return Card(head, tone, tuple(parts), _short_buttons(update, scene))


def _counts(story: Story) -> Iterable[tuple[str, Line]]:
    update = story.update
    if update.changes is not None and update.result is Result.SUCCEEDED:
        yield "If it ran" if update.preview else "Changes", (changes(update.changes),)


def _failed_preview(story: Story, scene: Scene) -> Card:
    """Quieter than a change that failed: nothing was touched, nobody is called."""
    update = story.update
    parts: list[Part] = [Text(("Nothing was changed: it was only a preview.",)), *_blame(story.found)]
    if facts := [*_changed(story), *_ran(update, story.found)]:
        parts.append(Facts(tuple(facts)))
    return Card(title(update), Tone.WARN, tuple(parts), _short_buttons(update, scene))


def _short_buttons(update: UpdateInfo, scene: Scene) -> tuple[Button, ...]:
    url = scene.console.update(update) or scene.console.stack(update.stack)
    status = (Run("Status", f"status {update.stack}{name_of(update)}"),)
    return (*status, *((Open("Open in Pulumi", url),) if url else ()))


def recovered_card(story: Story, scene: Scene) -> Card:
    """For a channel that was not told of the failure."""
    update = story.update
    facts = (*_counts(story), *_changed(story), *_ran(update, story.found))
    head = f"Recovered · {update.stack} · {update.label}"
    text = Text((f"The {kind(update).lower()} {state(update.result)}; the one before it had failed.",))
    return Card(head, Tone.GOOD, (text, *((Facts(facts),) if facts else ())), _short_buttons(update, scene))


def created_card(stack: StackRef, scene: Scene) -> Card:
    """There is a new stack."""
    url = scene.console.stack(stack)
    return Card(f"Created · {stack}", Tone.PLAIN, (), (Open("Open in Pulumi", url),) if url else ())


def deleted_card(stack: StackRef, parked: Sequence[str] = ()) -> Card:
    """A stack is gone. `parked` are this channel's subscriptions that were about nothing else."""
    parts: list[Part] = []
    buttons: tuple[Button, ...] = ()
    if parked:
        parts.append(Text(("It was subscribed to here. That rests now, in case the name comes back.",)))
        buttons = tuple(Run("Unsubscribe", f"unsubscribe {key}") for key in parked[:1])
    return Card(f"Deleted · {stack}", Tone.WARN, tuple(parts), buttons)
