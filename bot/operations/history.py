"""The updates and the previews of a stack, a page at a time."""

from dataclasses import dataclass

from bot.card import Button, Card, Items, Line, Run, Text, Tone, When
from bot.model import Result, StackRef, UpdateInfo
from bot.operations.base import Operation, Scene
from bot.operations.paging import SIZE, Page, PageField
from bot.operations.stacks import latest_update
from bot.operations.update_card import never_ran
from bot.operations.values import StackArgs
from bot.operations.wording import TONES, ago, changes, first_line, joined, linked, plural, state
from bot.ports import PulumiApi


class HistoryArgs(StackArgs):
    """A page of a stack's updates."""

    page: PageField = 1


async def read_history(pulumi: PulumiApi, args: HistoryArgs) -> Page[UpdateInfo]:
    """One page of updates, newest first. One more is read, to know whether there is another page."""
    found: list[UpdateInfo] = []
    async for update in pulumi.updates(args.stack, page_size=SIZE, page=args.page):
        found.append(update)
        if len(found) > SIZE:
            break
    return Page(tuple(found[:SIZE]), args.page, len(found) > SIZE)


def show_history(args: HistoryArgs, page: Page[UpdateInfo], scene: Scene) -> Card:
    """One line for each update."""
    if not page.items:
        return never_ran(args.stack, scene) if page.number == 1 else _past_the_end(args, page)
    heading = " · ".join(filter(None, (f"History of {args.stack}", page.label)))
    turn = page.buttons(lambda number: HISTORY.line(args.model_copy(update={"page": number})))
    failed = next((each for each in page.items if each.result is Result.FAILED), None)
    ask = (Run(f"Why {failed.label}?", f"why {args.stack} {failed.label}"),) if failed and failed.version else ()
    return Card(heading, Tone.PLAIN, (Items(tuple(_update_line(each, scene) for each in page.items)),), (*turn, *ask))


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


async def read_previews(pulumi: PulumiApi, args: HistoryArgs) -> Previews:
    """The previews since the last update, newest first."""
    found = [each async for each in pulumi.previews(args.stack, page_size=50)]
    return Previews(page=Page.of(found, args.page), latest=await latest_update(pulumi, args.stack))


def show_previews(args: HistoryArgs, found: Previews, scene: Scene) -> Card:
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
    args=HistoryArgs,
    execute=read_previews,
    render=show_previews,
)
