"""One update, read whole: which one is meant, what Pulumi says of it, what its events say."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from bot.conclusions import Conclusion
from bot.errors import MissingRoute, NotFound, Refusal
from bot.model import Result, Stack, StackRef, UpdateInfo
from bot.operations.values import UpdateSelector
from bot.ports import PulumiApi
from bot.updates import UpdateView, fold_page
from bot.verdict import conclude

DEPTH = 100  # updates that are looked through for a failure or an id


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An update with what its events say. `found` is None where the server gives no id or no events."""

    update: UpdateInfo
    found: Conclusion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The newest update, the newest run of failures (newest first, as far as was looked), and what was last good."""

    latest: UpdateInfo | None
    failed: tuple[UpdateInfo, ...] = ()
    last_good: UpdateInfo | None = None


async def report(pulumi: PulumiApi, update: UpdateInfo) -> Report:
    """Read the update's events, as far as they are there now. What is over is only believed of its status."""
    if (update_id := update.update_id) is None:
        return Report(update=update, found=None)
    if not update.result.final:
        update = replace(update, result=await _status(pulumi, update))
    view = UpdateView()
    try:
        async for page in pulumi.events(update.stack, update_id):
            fold_page(view, page)
    except MissingRoute:
        return Report(update=update, found=None)
    found = conclude(view, result=update.result if update.result.final else None, over=update.result.final)
    return Report(update=replace(update, result=_settled(update, found)), found=found)


def _settled(update: UpdateInfo, found: Conclusion) -> Result:
    """A failure whose events say that it was cancelled is called cancelled, as the engine means it."""
    return found.outcome if update.result.final and found.outcome.final else update.result


async def _status(pulumi: PulumiApi, update: UpdateInfo) -> Result:
    try:
        return await pulumi.status(update.stack, update.update_id or "")
    except MissingRoute:
        return update.result


async def history(pulumi: PulumiApi, now: Stack, page_size: int = 25) -> AsyncIterator[UpdateInfo]:
    """The newest `DEPTH` updates at most, one that runs and that the list does not know yet first."""
    seen = 0
    running = await _active(pulumi, now)
    async for update in pulumi.updates(now.stack, page_size=page_size):
        if running and seen == 0 and update.update_id != running.update_id:
            yield running
        seen += 1
        yield update
        if seen == DEPTH:
            return
    if running and seen == 0:
        yield running


async def _active(pulumi: PulumiApi, now: Stack) -> UpdateInfo | None:
    """What `activeUpdate` names, while it runs: some servers list an update only once it is over."""
    if now.active_update is None:
        return None
    current = now.current
    update = UpdateInfo(
        stack=now.stack,
        update_id=now.active_update,
        version=None,
        kind=current.kind if current else "update",
        preview=False,
        result=Result.RUNNING,
        started=current.started if current else None,
    )
    if current is None:
        result = await _status(pulumi, update)
        return None if result.final else replace(update, result=result)
    return update


async def newest(pulumi: PulumiApi, stack: StackRef) -> UpdateInfo | None:
    """The newest update, running or not; None when the stack never ran."""
    async for update in history(pulumi, await pulumi.stack(stack), page_size=1):
        return update
    return None


async def past(pulumi: PulumiApi, now: Stack) -> Past:
    """The newest update and the newest run of failures, in one pass over the history."""
    latest: UpdateInfo | None = None
    failed: list[UpdateInfo] = []
    async for update in history(pulumi, now):
        latest = latest or update
        if update.result in {Result.FAILED, Result.CANCELLED}:
            failed.append(update)
        elif failed and update.result is Result.SUCCEEDED:
            return Past(latest=latest, failed=tuple(failed), last_good=update)
    return Past(latest=latest, failed=tuple(failed), last_good=None)


async def pick(pulumi: PulumiApi, stack: StackRef, selector: UpdateSelector) -> UpdateInfo | None:
    """The update that is meant; None when there is none such. Raises Refusal for one that is named and not there."""
    if selector.version is not None:
        return await _by_version(pulumi, stack, selector.version)
    if selector.update_id is not None:
        return await _by_id(pulumi, stack, selector.update_id)
    if selector.word == "failed":
        failed = (await past(pulumi, await pulumi.stack(stack))).failed
        return failed[0] if failed else None
    return await newest(pulumi, stack)


async def _by_version(pulumi: PulumiApi, stack: StackRef, version: int) -> UpdateInfo:
    try:
        return await pulumi.update(stack, version)
    except MissingRoute:
        async for update in history(pulumi, await pulumi.stack(stack)):
            if update.version == version:
                return update
    except NotFound:
        pass
    latest = await newest(pulumi, stack)  # raises NotFound when it is the stack that is not there
    there = f"The newest is {latest.label}." if latest else "It never ran."
    raise Refusal(f"{stack} has no update v{version}.", (f"stack history {stack}",), there)


async def _by_id(pulumi: PulumiApi, stack: StackRef, update_id: str) -> UpdateInfo:
    async for update in history(pulumi, await pulumi.stack(stack)):
        if update.update_id == update_id:
            return update
    try:
        async for preview in pulumi.previews(stack):
            if preview.update_id == update_id:
                return preview
    except MissingRoute:
        pass
    hint = f"I looked through its newest {DEPTH} updates and its previews since the last one."
    raise Refusal(f"{stack} has no update or preview {update_id}.", (f"stack history {stack}",), hint)
