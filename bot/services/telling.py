"""What is told where, decided from what is stored and what was heard. Pure: the store does it in one transaction.

Heard again, nothing changes: failures are counted by their update, and messages are known by their keys.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from bot import incidents
from bot.chronicle import Edition, Ledger
from bot.happenings import Kind
from bot.incidents import Stamp, identity
from bot.model import Result, UpdateInfo
from bot.operations.base import Scene
from bot.records import Wanted, Watch, live_root, live_subject
from bot.services.draft import Draft, Heard, notice_subject
from bot.services.failures import failed, succeeded
from bot.services.live_cards import starting_card
from bot.services.notices import Story, created_card, deleted_card, recovered_card, short_card

# Which of several kinds a message is about.
_FIRST: Final = (
    *(Kind.RECOVERED, Kind.DESTROYED, Kind.REFRESHED, Kind.CANCELED, Kind.STUCK, Kind.PREVIEWS),
    *(Kind.STARTED, Kind.SUCCEEDED),
)
# What the message that follows an update shows by itself.
_LIVE: Final = frozenset({Kind.STARTED, Kind.SUCCEEDED, Kind.DESTROYED, Kind.REFRESHED, Kind.CANCELED, Kind.STUCK})


def decided(heard: Sequence[Heard], ledger: Ledger, scene: Scene) -> Edition:
    """Everything that follows from what was heard, in its order."""
    draft = Draft(ledger, scene)
    for each in heard:
        update, story = each.happening.update, each.story
        if update is None or story is None:
            _stack(draft, each)
        elif Kind.FAILED in each.happening.kinds:
            failed(draft, each, update, story)
        else:
            _update(draft, each, update, story)
    return draft.edition()


def subjects(update: UpdateInfo) -> tuple[str, ...]:
    """Whose messages have to be known before an update is told of."""
    key = identity(update)
    return (live_subject(key), notice_subject(key))


def _update(draft: Draft, heard: Heard, update: UpdateInfo, story: Story) -> None:
    kinds, told = heard.happening.kinds, set[str]()
    if update.result is Result.SUCCEEDED and not update.preview:
        told = succeeded(draft, heard, update, story)
    if Kind.STARTED in kinds:
        _begin(draft, heard, update)
    if draft.open:
        kinds -= {Kind.RECOVERED}  # a refresh went well, say, and what failed has not been tried again
    kind = next((each for each in _FIRST if each in kinds), None)
    if kind is None:
        return
    card = recovered_card(story, draft.scene) if kind is Kind.RECOVERED else short_card(kind, story, draft.scene)
    for channel in sorted(heard.wants - told):
        if kind not in _LIVE or not draft.stands(live_root(identity(update), channel)):
            draft.notice(update, channel, kind, card)


def _begin(draft: Draft, heard: Heard, update: UpdateInfo) -> None:
    """Follow it live, for channels that asked for that and people who wait for it."""
    waiting = {user for each in draft.open for user in each.waiting}
    where = sorted(heard.follows | waiting)
    if not where or update.update_id is None:
        return
    card, about = starting_card(update, draft.scene), live_subject(update.update_id)
    for channel in where:
        if not draft.stands(key := live_root(update.update_id, channel)):
            draft.want(Wanted(key=key, subject=about, channel=channel, card=card))
    begun = update.started or heard.happening.at
    watch = Watch(update_id=update.update_id, stack=update.stack, version=update.version, kind=update.kind, at=begun)
    draft.watches.append(watch)
    draft.informed(draft.open)


def _stack(draft: Draft, heard: Heard) -> None:
    """A stack that came or went; where the feed's memory says so already, it is nothing new."""
    created, stack = Kind.CREATED in heard.happening.kinds, heard.happening.stack
    if created is (draft.ledger.known is not None):
        return
    named: dict[str, list[str]] = {}
    if created:
        draft.resumed = heard.named
    else:
        draft.parked = heard.named
        for channel, key in heard.named:
            named.setdefault(channel, []).append(key)
        _end(draft, heard)
    for channel in sorted({*heard.wants, *named}):
        card = created_card(stack, draft.scene) if created else deleted_card(stack, named.get(channel, ()))
        name = hashlib.sha256(str(stack).encode()).hexdigest()[:16]
        at = round(heard.happening.at.timestamp() * 1000)
        key = f"stack/{name}/{'created' if created else 'deleted'}/{at}/{channel}"
        draft.want(Wanted(key=key, subject=f"stack/{name}", channel=channel, card=card))


def _end(draft: Draft, heard: Heard) -> None:
    """What failed is no more."""
    at = heard.happening.at
    stamp = Stamp(update_id=f"deleted {round(at.timestamp())}", version=None, label="its deletion", at=at)
    for before in draft.open:
        draft.put(incidents.fixed(before, stamp))
        draft.show(before.id)
