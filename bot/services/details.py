"""What a failure's card has no room for: every failing resource in its own words, in the thread. Pure."""

from collections.abc import Iterable
from typing import Final

from bot.card import Bold, Card, Note, Output, Part, Text, Tone
from bot.cause import squeeze
from bot.conclusions import Conclusion
from bot.operations.update_card import real_failures
from bot.operations.wording import plural
from bot.services.notices import Story

_RESOURCES: Final = 8
_LINES: Final = 10  # of one resource, head and tail


def details_card(story: Story) -> Card | None:
    """The resources that failed with all that was said about each; None where the card itself says as much."""
    found, update = story.found, story.update
    if found is None or not _more_than_the_card(found):
        return None
    failures = real_failures(found)
    parts: list[Part] = []
    for each in failures[:_RESOURCES]:
        lines = [line for text in each.messages for line in text.split("\n")]
        parts.append(Text((Bold(str(each.resource)), f" — {each.op or 'failed'}")))
        parts += [Output(tuple(squeeze(lines, _LINES)))] if lines else []
    parts += _policies(found)
    if len(failures) > _RESOURCES:
        parts.append(Note(f"{plural(len(failures) - _RESOURCES, 'more resource')} failed; the full log has them all"))
    return Card(f"What failed, one by one · {update.stack} · {update.label}", Tone.BAD, tuple(parts))


def _more_than_the_card(found: Conclusion) -> bool:
    failures = real_failures(found)
    return len(failures) > 1 or any(len(each.messages) > 1 for each in failures) or len(found.policies.mandatory) > 1


def _policies(found: Conclusion) -> Iterable[Part]:
    if len(found.policies.mandatory) > 1:
        yield Text((Bold("Policies"),))
        yield Output(tuple(squeeze([str(each) for each in found.policies.mandatory], 2 * _LINES)))
