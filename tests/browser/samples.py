"""Blocks to draw, and how tests open the page and find a message on it."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.canned import ANN, NOW, PLATFORM, Json

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str, *, verbatim: bool = True) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": verbatim}


def words(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def line(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def button(label: str, action: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(label), "action_id": action, "value": "v", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "block_id": "b1", "elements": list(elements)}


EVERY_BLOCK = [
    {"type": "header", "text": plain(":x: Update failed")},
    {
        "type": "section",
        "block_id": "s",
        "text": mrkdwn("*Cause* <@U0ANN00001> @here", verbatim=False),
        "fields": [mrkdwn("*One*\n1"), plain("two")],
        "accessory": button("Why?", "why", style="danger"),
    },
    {
        "type": "context",
        "elements": [mrkdwn("1st failure @here"), {"type": "image", "image_url": PIXEL, "alt_text": "a"}],
    },
    {"type": "divider"},
    {"type": "image", "image_url": "https://elsewhere.example/x.png", "alt_text": "A chart", "title": plain("Chart")},
    rich(
        line(words("bold", bold=True), words("*not bold*"), {"type": "user", "user_id": ANN}),
        {"type": "rich_text_preformatted", "elements": [words("error: <none>")]},
        {"type": "rich_text_quote", "elements": [words("said")]},
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [line(words("first", code=True))]},
        line({"type": "date", "timestamp": NOW - 7200, "format": "{date_short_pretty} {time}", "fallback": "?"}),
        line({"type": "link", "url": "https://app.pulumi.com/", "text": "console"}, {"type": "emoji", "name": "tada"}),
        line({"type": "broadcast", "range": "here"}, {"type": "channel", "channel_id": PLATFORM}),
    ),
    {
        "type": "table",
        "rows": [
            [{"type": "raw_text", "text": "Stack"}, {"type": "raw_text", "text": "Resources"}],
            [{"type": "rich_text", "elements": [line(words("prod"))]}, {"type": "raw_number", "value": 42}],
        ],
        "column_settings": [{"is_wrapped": True}, {"align": "right"}],
    },
    {"type": "plan", "title": "v97", "tasks": [{"type": "task_card", "title": "Preview", "status": "complete"}]},
    {"type": "markdown", "text": "**as it is**"},
    actions(
        button("Open", "open", url="https://app.pulumi.com/", style="primary"),
        {"type": "static_select", "action_id": "pick", "placeholder": plain("Project"), "options": []},
        {"type": "checkboxes", "action_id": "boxes"},
    ),
    {"type": "carousel", "elements": []},
    {"type": "section"},
    {"type": "context"},
]


async def open_at(page: Page, channel: str = PLATFORM, person: str = ANN, *, welcome: bool = False) -> None:
    if not welcome:
        await page.add_init_script("localStorage.setItem('sandbox.welcome.dismissed', 'yes')")
    await page.goto(f"/#{channel}/{person}")
    await expect(page.get_by_test_id("stack").first).to_be_attached()
    await expect(page.locator(f'[data-testid="channel"][data-channel="{channel}"][aria-current]')).to_be_attached()


def shown(page: Page, minute: float) -> Locator:
    return page.locator(f'#scroller [data-ts="{NOW - 60 * minute:.6f}"]')
