"""The updates and the previews of a stack, a page at a time."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from bot.card import Button, Card, Items, Line, Run, Text, Tone, When
from bot.model import Result, StackRef, UpdateInfo
from bot.operations.base import Operation, Scene
from bot.operations.paging import SIZE, Page, PageField
from bot.operations.stacks import latest_update
from bot.operations.update_card import never_ran
from bot.operations.values import StackArgs
from bot.operations.wording import TONES, ago, changes, first_line, joined, linked, plural, state
from bot.ports import PulumiApi

_SCANNED = 500  # updates that a filter looks through


class PreviewsArgs(StackArgs):
    """A page of a stack's previews."""

    page: PageField = 1


class HistoryArgs(StackArgs):
    """A page of a stack's updates, perhaps only some of them."""

    kind: str | None = Field(None, description="Only this kind: update, destroy, refresh, import, …")
    result: Literal["succeeded", "failed", "cancelled", "running"] | None = Field(None, description="Only this outcome")
    user: str | None = Field(None, description="Only by this person: login or name")
    page: PageField = 1

    @property
    def filtered(self) -> bool:
        """Whether some updates are left out."""
        return bool(self.kind or self.result or self.user)

    def wants(self, update: UpdateInfo) -> bool:
        """Whether this update is one of those asked for."""
        by = update.requested_by
        names = {by.login.casefold(), by.name.casefold()} if by else set()
        return (
            self.kind in {None, update.kind}
            and self.result in {None, update.result.value}
            and (self.user is None or self.user.removeprefix("@").casefold() in names)
        )


async def read_history(pulumi: PulumiApi, args: HistoryArgs) -> Page[UpdateInfo]:
    """One page of updates, newest first. One more is read, to know whether there is another page."""
    if args.filtered:
        return await _filtered(pulumi, args)
    found: list[UpdateInfo] = []
    async for update in pulumi.updates(args.stack, page_size=SIZE, page=args.page):
        found.append(update)
        if len(found) > SIZE:
            break
    return Page(tuple(found[:SIZE]), args.page, len(found) > SIZE)


async def _filtered(pulumi: PulumiApi, args: HistoryArgs) -> Page[UpdateInfo]:
    """Pulumi filters nothing here: the newest `_SCANNED` updates are looked through."""
    found: list[UpdateInfo] = []
    looked = 0
    async for update in pulumi.updates(args.stack, page_size=50):
        found += [update] if args.wants(update) else []
        looked += 1
        if looked == _SCANNED or len(found) > args.page * SIZE:
            break
    return Page(tuple(found[(args.page - 1) * SIZE :][:SIZE]), args.page, len(found) > args.page * SIZE)


def show_history(args: HistoryArgs, page: Page[UpdateInfo], scene: Scene) -> Card:
    """One line for each update."""
    if not page.items and args.filtered and page.number == 1:
        text = f"None of its newest {_SCANNED} updates is like that."
        return Card(f"No such update · {args.stack}", Tone.PLAIN, (Text((text,)),), _all_of_them(args))
    if not page.items:
        return never_ran(args.stack, scene) if page.number == 1 else _past_the_end(args, page)
    only = ", ".join(filter(None, (args.result, args.kind, args.user and f"by {args.user}")))
    heading = " · ".join(filter(None, (f"History of {args.stack}", only, page.label)))
    turn = page.buttons(lambda number: HISTORY.line(args.model_copy(update={"page": number})))
    failed = next((each for each in page.items if each.result is Result.FAILED), None)
    ask = (Run(f"Why {failed.label}?", f"why {args.stack} {failed.label}"),) if failed and failed.version else ()
    return Card(heading, Tone.PLAIN, (Items(tuple(_update_line(each, scene) for each in page.items)),), (*turn, *ask))


def _all_of_them(args: HistoryArgs) -> tuple[Button, ...]:
    return (Run("All updates", f"stack history {args.stack}"),)


def _past_the_end(args: HistoryArgs, page: Page[UpdateInfo]) -> Card:
    back = Run("Newest", f"stack history {args.stack}")
    return Card(f"History of {args.stack} has no page {page.number}", Tone.PLAIN, (), (back,))


def _update_line(update: UpdateInfo, scene: Scene) -> Line:
    sign = TONES[update.result].value
    at = update.ended or update.started
    counted = changes(update.changes) if update.changes is not None else ""
    by = f"by {update.requested_by}" if update.requested_by else ""
    said = first_line(update.message)
    what = state(update.result) if update.preview else f"{update.kind} {state(update.result)}"
    rest = joined((what, counted, by, f"“{said[:80]}”" if said else ""))
    time: Line = ("  ·  ", When(at), f" ({ago(at, scene.now)})") if at else ()
    return (f"{sign} ", linked(update, scene), "  ", *rest, *time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Previews:
    """A page of previews and the newest update, which older previews do not know of."""

    page: Page[UpdateInfo]
    latest: UpdateInfo | None


async def read_previews(pulumi: PulumiApi, args: PreviewsArgs) -> Previews:
    """The previews since the last update, newest first."""
    found = [each async for each in pulumi.previews(args.stack, page_size=50)]
    return Previews(page=Page.of(found, args.page), latest=await latest_update(pulumi, args.stack))


def show_previews(args: PreviewsArgs, found: Previews, scene: Scene) -> Card:
    """One line for each preview; one that started before the newest update is outdated."""
    page = found.page
    if not page.items:
        text = "Nobody previewed a change since the last update."
        return Card(f"No previews · {args.stack}", Tone.PLAIN, (Text((text,)),), _ask_status(args.stack))
    counted = plural(page.total or 0, "preview")
    heading = " · ".join(filter(None, (f"{counted} of {args.stack}", page.label)))
    lines = tuple(_preview_line(each, found.latest, scene) for each in page.items)
    turn = page.buttons(lambda number: PREVIEWS.line(args.model_copy(update={"page": number})))
    newest_one = page.items[0]
    ask = (Run("Newest in full", f"status {args.stack} {newest_one.update_id}"),) if newest_one.update_id else ()
    return Card(heading, Tone.PLAIN, (Items(lines),), (*turn, *ask))


def _preview_line(preview: UpdateInfo, latest: UpdateInfo | None, scene: Scene) -> Line:
    line = _update_line(preview, scene)
    if latest and latest.started and preview.started and preview.started < latest.started:
        return (*line, f"  ·  outdated: {latest.label} ran since")
    return line


def _ask_status(stack: StackRef) -> tuple[Button, ...]:
    return (Run("Status", f"status {stack}"),)


HISTORY = Operation(
    name="stack history",
    aliases=("stack hist", "history", "hist", "updates"),
    summary="The updates of a stack, newest first",
    group="Updates",
    example="acme/shop/prod",
    args=HistoryArgs,
    execute=read_history,
    render=show_history,
)
PREVIEWS = Operation(
    name="previews",
    aliases=("stack previews",),
    summary="What was previewed since the last update",
    group="Updates",
    example="acme/web/prod",
    args=PreviewsArgs,
    execute=read_previews,
    render=show_previews,
)
