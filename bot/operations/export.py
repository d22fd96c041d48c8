"""What a stack holds: resources by type, its outputs, and what an interrupted update left open. Never the raw state."""

import json
from collections import Counter

from pydantic import Field

from bot.card import Bold, Button, Card, Code, Facts, Items, Line, Note, Open, Part, Run, Text, Tone, When
from bot.operations.base import Operation, Scene
from bot.operations.paging import Page, PageField
from bot.operations.values import StackArgs
from bot.operations.wording import plural
from bot.ports import PulumiApi
from bot.state import StackState, Value
from bot.urns import resource, short_type

_VALUE = 300  # characters shown of one output


class ExportArgs(StackArgs):
    """Which part of the state."""

    outputs: bool = Field(default=False, description="The stack's outputs instead; secrets stay hidden")
    summary: bool = Field(default=False, description="Resources by type, which is also the default")
    page: PageField = 1


async def read_state(pulumi: PulumiApi, args: ExportArgs) -> StackState:
    """The state, without inputs and without secrets."""
    return await pulumi.export_state(args.stack)


def show_state(args: ExportArgs, state: StackState, scene: Scene) -> Card:
    """Resources by type, or the outputs."""
    if state.time is None and not state.resources:
        return Card(
            f"Empty · {args.stack}", Tone.PLAIN, (Text(("Nothing was ever deployed there.",)),), _links(args, scene)
        )
    lines = _outputs(state) if args.outputs else _types(state)
    page = Page.of(lines, args.page)
    what = plural(len(lines), "output") if args.outputs else plural(len(_live(state)), "resource")
    heading = " · ".join(filter(None, (f"{what} in {args.stack}", page.label)))
    parts: list[Part] = [Items(page.items)] if page.items else []
    parts += [Facts(tuple(_facts(state)))] if not args.outputs else []
    parts += _warnings(state)
    parts.append(Note(f"The whole state stays out of Slack: pulumi stack export --stack {args.stack}"))
    turn = page.buttons(lambda number: EXPORT.line(args.model_copy(update={"page": number})))
    tone = Tone.WARN if state.pending else Tone.PLAIN
    return Card(heading, tone, tuple(parts), (*turn, *_links(args, scene)))


def _live(state: StackState) -> list[str]:
    return [each.type for each in state.resources if not each.delete]


def _types(state: StackState) -> list[Line]:
    counted = Counter(map(short_type, _live(state)))
    return [
        (f"{count:,}  ", Code(kind)) for kind, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]


def _outputs(state: StackState) -> list[Line]:
    return [(Bold(name), "  ", Code(_said(value))) for name, value in sorted(state.outputs.items())]


def _said(value: Value) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return (text if len(text) <= _VALUE else text[: _VALUE - 1] + "…") or "(empty)"


def _facts(state: StackState) -> list[tuple[str, Line]]:
    facts: list[tuple[str, Line]] = [("Outputs", (f"{len(state.outputs):,}",))]
    if protected := sum(each.protect for each in state.resources):
        facts.append(("Protected", (f"{protected:,}, which a destroy refuses to delete",)))
    if waiting := sum(each.delete for each in state.resources):
        facts.append(("Awaiting deletion", (plural(waiting, "old copy", "old copies"),)))
    if state.time:
        facts.append(("Written", (When(state.time), f" by Pulumi {state.engine}" if state.engine else "")))
    return facts


def _warnings(state: StackState) -> list[Part]:
    if not state.pending:
        return []
    lines = tuple((f"{each.kind} ", Bold(str(resource(each.urn, each.type)))) for each in state.pending)
    said = "An update was interrupted: these may or may not exist. pulumi refresh settles it."
    return [Text((said,)), Items(lines)]


def _links(args: ExportArgs, scene: Scene) -> tuple[Button, ...]:
    other = (
        Run("By type", f"stack export {args.stack}")
        if args.outputs
        else Run("Outputs", f"stack export {args.stack} --outputs")
    )
    url = scene.console.stack(args.stack)
    return (other, *((Open("Open in Pulumi", url),) if url else ()))


EXPORT = Operation(
    name="stack export",
    aliases=("export", "outputs"),
    summary="What a stack holds: resources by type, or its outputs",
    group="Stacks",
    example="acme/shop/prod --outputs",
    args=ExportArgs,
    execute=read_state,
    render=show_state,
)
