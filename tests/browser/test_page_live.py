"""What moves on the page: plans, messages edited in place, threads that grow, unread channels, updates that run."""

import re

from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.browser.canned import ALERTS, ANN, BO, NOW, PLATFORM, Canned, Json, message, running, stack
from tests.browser.conftest import violations
from tests.browser.samples import line, open_at, rich, shown, words

NARROW: ViewportSize = {"width": 390, "height": 844}


def task(name: str, status: str, **more: object) -> Json:
    return {"type": "task_card", "task_id": name, "title": f"{name} *as it is*", "status": status, **more}


def plan(*tasks: Json) -> Json:
    return {"type": "plan", "block_id": "p", "title": "acme/shop/prod v97", "tasks": list(tasks)}


TASKS = [
    task("preview", "complete", output=rich(line(words("12 to change")))),
    task("update", "in_progress", details=rich(line(words("7 of 12 done")))),
    task("policy", "error", sources=[{"type": "url", "url": "https://app.pulumi.com/", "text": "Log"}]),
    task("outputs", "pending"),
]


async def test_a_plan_is_drawn_folded_and_keeps_what_was_opened(page: Page, canned: Canned) -> None:
    canned.messages[PLATFORM] = [message(1, blocks=[plan(*TASKS)])]
    await open_at(page)
    tasks = shown(page, 1).get_by_test_id("task")
    await expect(tasks).to_have_text(
        [
            re.compile("preview .as it is.Complete"),
            re.compile("In progress"),
            re.compile("Failed"),
            re.compile("Pending"),
        ]
    )
    await expect(tasks.nth(1).locator(".task-dot")).to_have_css("animation-name", "turn")
    await expect(page.get_by_text("7 of 12 done")).to_be_hidden()
    await tasks.nth(1).locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("7 of 12 done")).to_be_visible()
    TASKS[1]["details"] = rich(line(words("8 of 12 done")))
    await canned.changed()
    await expect(page.get_by_text("8 of 12 done")).to_be_visible()
    await expect(tasks.nth(1).locator("summary")).to_be_focused()
    assert await violations(page) == []
    await page.emulate_media(color_scheme="dark")
    assert await violations(page) == []
    await page.set_viewport_size(NARROW)
    assert await page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    assert await violations(page) == []
    await shown(page, 1).locator(".block-plan > summary").click()
    await expect(tasks.first).to_be_hidden()


async def top(place: Locator) -> float:
    box = await place.bounding_box()
    assert box
    return box["y"]


async def test_what_is_edited_above_moves_nothing_that_is_read(page: Page, canned: Canned) -> None:
    canned.messages[PLATFORM] = [message(90 - n, BO, f"line {n}") for n in range(60)]
    await open_at(page)
    await page.get_by_text("line 30", exact=True).scroll_into_view_if_needed()
    before = await top(shown(page, 58))
    for minute in (88, 87, 58):  # two above, and the very line that is looked at
        edited = next(each for each in canned.messages[PLATFORM] if each["ts"] == f"{NOW - 60 * minute:.6f}")
        edited["blocks"] = [rich(*[line(words(f"more {n}")) for n in range(9)])]
    await canned.changed()
    await expect(shown(page, 58)).to_contain_text("more 8")
    assert abs(await top(shown(page, 58)) - before) < 2


async def test_an_open_thread_follows_and_the_channel_says_where_news_begins(page: Page, canned: Canned) -> None:
    root = f"{NOW - 60 * 50:.6f}"
    replies = [message(49 - n / 10, text=f"step {n}", thread_ts=root) for n in range(40)]
    canned.messages[PLATFORM] = [message(50, text="Update of *prod* &amp; more"), *replies]
    canned.messages[ALERTS] = [message(30, text="old")]
    await open_at(page)
    await shown(page, 50).get_by_test_id("replies").click()
    thread = page.get_by_test_id("thread")
    await expect(thread.get_by_text("step 39")).to_be_in_viewport()
    await canned.add(PLATFORM, message(1, text="step 40", thread_ts=root))
    await expect(thread.get_by_text("step 40")).to_be_in_viewport()
    alerts = page.locator(f'[data-channel="{ALERTS}"]')
    await canned.add(ALERTS, message(29, BO, "a reply", thread_ts=canned.messages[ALERTS][0]["ts"]))
    await canned.add(ALERTS, message(28, text="calm"))
    await expect(alerts).to_have_class(re.compile("side-link-unread"))
    await expect(alerts).to_contain_text("(unread)")
    await expect(alerts.locator(".unread")).to_have_count(0)
    await canned.add(ALERTS, message(27, text=f"<@{ANN}> look"), message(26, text="@sre: <!subteam^S0SRE00001>"))
    await expect(alerts.locator(".unread")).to_have_text("2 new")
    assert await violations(page) == []
    await alerts.click()
    await expect(page.locator("#scroller [data-testid=news] + [data-testid=message]")).to_contain_text("calm")
    await expect(alerts).not_to_have_class(re.compile("side-link-unread"))
    await canned.add(ALERTS, message(25, text="later"))
    await expect(page.get_by_test_id("news")).to_have_count(1)
    assert await violations(page) == []
    broadcast = message(24, text="It *failed*", thread_ts=root, broadcast=True)
    await canned.add(PLATFORM, broadcast)
    await page.locator(f'[data-channel="{PLATFORM}"]').click()
    await expect(shown(page, 24)).to_contain_text("replied to a thread:Update of prod & more")
    await shown(page, 24).get_by_test_id("origin").click()
    await expect(thread.get_by_test_id("message").last).to_contain_text("Also sent to the channel")


async def test_running_updates_move_and_can_be_played_again(page: Page, canned: Canned) -> None:
    canned.stacks[0] = stack("acme/shop/prod", 96, "failed", running=running(done=12))
    await open_at(page)
    item = page.locator('[data-stack="acme/shop/prod"]')
    await item.evaluate("(node) => (node.dataset.mark = 'kept')")
    canned.stacks[0] = stack("acme/shop/prod", 96, "failed", running=running(done=30))
    await expect(item).to_contain_text("30 of 40")
    await expect(item).to_have_attribute("data-mark", "kept")
    await expect(item.locator("progress")).to_have_js_property("value", 30)
    again = page.get_by_test_id("play-again")
    await expect(again).to_have_attribute("aria-disabled", "true")
    canned.stacks[0] = stack("acme/shop/prod", 97, "failed")
    await expect(again).not_to_have_attribute("aria-disabled", "true")
    await again.click()
    canned.stacks += [stack(f"acme/storm/s-00{n}", running=running()) for n in (1, 2)]
    await page.get_by_test_id("bad-morning").click()
    await expect(page.get_by_test_id("play-said")).to_have_text("2 stacks in trouble, 2 still running.")
    assert await violations(page) == []
    assert canned.calls == [
        ("play", {"stack": "acme/shop/prod", "scenario": "failing-resource", "speed": 5}),
        ("storm", {"stacks": 30, "scenario": "failing-resource", "speed": 5}),
    ]


async def test_what_slack_refused_is_counted(page: Page, canned: Canned) -> None:
    await open_at(page)
    await page.get_by_test_id("faults").locator("summary").click()
    await expect(page.get_by_test_id("limits-count")).to_have_text("Nothing was refused.")
    canned.limits = {
        "on": True,
        "refused": 5,
        "methods": [{"method": "chat.update", "refused": 3}, {"method": "users.info", "refused": 0}],
        "channels": [{"channel": PLATFORM, "refused": 2}],
    }
    await expect(page.get_by_test_id("limits-count")).to_have_text("5 calls were refused with 429.")
    await expect(page.locator(".limits-list li")).to_have_text(["chat.update: 3", "posts to #platform: 2"])
    await page.get_by_test_id("limits-on").uncheck()
    await expect(page.get_by_test_id("limits-on")).to_be_checked()  # the server did not turn it
    assert canned.calls == [("limits", {"on": False})]
    assert await violations(page) == []
