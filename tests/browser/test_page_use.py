"""What a person does with the page: type, press, look around, play an update, on any screen."""

import re

from playwright.async_api import Page, ViewportSize, expect

from tests.browser.canned import (
    ALERTS,
    ANN,
    BO,
    DIRECT,
    NOW,
    OLD,
    PLATFORM,
    QUIET,
    Canned,
    message,
    running,
    serving,
    stack,
)
from tests.browser.conftest import violations
from tests.browser.samples import EVERY_BLOCK, actions, button, open_at, plain, rich, shown, words

PHONE: ViewportSize = {"width": 390, "height": 844}


async def test_composer_sends_remembers_and_explains(page: Page, canned: Canned, problems: list[str]) -> None:
    await open_at(page, QUIET)
    box = page.get_by_test_id("composer")
    await page.get_by_role("button", name="/pulumi why shop/prod").click()
    await box.fill("one")
    await box.press("Shift+Enter")
    await box.type("two")
    await box.press("Enter")
    await expect(box).to_have_value("")
    await box.press("ArrowUp")
    await expect(box).to_have_value("one\ntwo")
    await box.press("ArrowDown")
    await box.fill("/pu")
    await expect(page.get_by_test_id("message-hint")).to_contain_text("/pulumi status | stack ls")
    assert await violations(page) == []
    await box.press("Tab")
    await expect(box).to_have_value("/pulumi ")
    await box.type("status")
    await box.press("Enter")
    await canned.add(QUIET, message(-1, text="All fine", ephemeral=True, to=ANN, in_response_to="/pulumi status"))
    await expect(shown(page, -1)).to_contain_text(re.compile(r"answered in .*0\.\d s"))
    assert [body["text"] for _, body in canned.calls] == ["/pulumi why shop/prod", "one\ntwo", "/pulumi status"]
    canned.answers["say"] = (400, {"ok": False, "error": "no_text", "message": "Slack took no notice."})
    await box.fill("again")
    await page.get_by_test_id("message-send").click()
    await expect(page.get_by_test_id("message-error")).to_have_text("Slack took no notice.")
    await expect(box).to_have_value("again")
    assert await violations(page) == []
    await page.locator(f'[data-channel="{OLD}"]').click()
    await expect(box).to_be_hidden()
    await expect(page.get_by_text("is archived")).to_be_visible()
    assert ["400" in problem for problem in problems] == [True]
    problems.clear()


async def test_buttons_wait_warn_and_ask_first(page: Page, canned: Canned) -> None:
    options = [{"text": plain(name), "value": name} for name in ("shop", "web")]
    confirm = {"title": plain("Delete?"), "text": plain("42 stay."), "confirm": plain("Delete"), "deny": plain("Keep")}
    select = {"type": "static_select", "action_id": "pick", "placeholder": plain("Project"), "options": options}
    row = actions(button("Next", "next"), select, button("Remove", "rm", style="danger", confirm=confirm))
    canned.messages[PLATFORM] = [message(1, blocks=[row])]
    await open_at(page)
    press = page.get_by_role("button", name="Next")
    canned.held.clear()
    canned.answers["click"] = (200, {"ok": True, "acked": False, "milliseconds": 3000, "error": "operation_timeout"})
    await press.click()
    await expect(press).to_have_attribute("aria-busy", "true")
    await expect(press).to_be_focused()  # although the message was drawn again
    canned.held.set()
    await expect(page.get_by_role("alert").filter(has_text="did not answer within 3 seconds")).to_be_visible()
    assert await violations(page) == []
    canned.answers["click"] = (200, {"ok": True, "acked": True, "milliseconds": 5})
    await page.get_by_label("Project").select_option("web")
    await expect(page.locator(".problem")).to_have_count(0)
    await page.get_by_role("button", name="Remove").click()
    assert await violations(page) == []
    await page.get_by_role("button", name="Keep").click()
    await page.get_by_role("button", name="Remove").click()
    async with page.expect_response("**/control/click"):
        await page.get_by_role("button", name="Delete").click()
    await expect(page.locator("[aria-busy=true]")).to_have_count(0)
    where = {"as": ANN, "channel": PLATFORM, "ts": f"{NOW - 60:.6f}", "block_id": "b1"}
    sent = [body for _, body in canned.calls]
    assert sent == [
        {**where, "action_id": "next"},
        {**where, "action_id": "pick", "value": "web"},
        {**where, "action_id": "rm"},
    ]


async def test_channel_and_person_live_in_the_address(page: Page, canned: Canned) -> None:
    canned.messages[ALERTS] = [message(5, text="hello")]
    await open_at(page, DIRECT)
    await page.get_by_test_id("act-as").click()
    await expect(page.get_by_role("menuitemradio", name=re.compile("Ann Sato"))).to_be_focused()
    assert await violations(page) == []
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("act-as")).to_contain_text("Bo Lind")
    await expect(page).to_have_url(re.compile(f"/{BO}$"))  # somewhere that Bo can see
    await page.locator(f'[data-channel="{PLATFORM}"]').click()
    await expect(page).to_have_url(re.compile(f"#{PLATFORM}/{BO}$"))
    # A link is followed while something else has the page drawn again: the link wins.
    follow = "(hash) => { location.hash = hash; document.querySelector('[data-testid=tab-chat]').click(); }"
    await page.evaluate(follow, f"#{QUIET}/{BO}")
    await expect(page).to_have_title(re.compile("^#random"))
    await canned.add(ALERTS, message(-1, text=f"news for <@{BO}>"))
    await expect(page.locator(f'[data-channel="{ALERTS}"] .unread')).to_contain_text("1")
    await page.goto(f"/#{ALERTS}/{ANN}")
    await expect(page.get_by_test_id("act-as")).to_contain_text("Ann Sato")
    await expect(page).to_have_title(re.compile("^#shop-alerts"))
    await expect(shown(page, -1)).to_contain_text("news")


async def test_four_windows_leave_connections_free(page: Page, canned: Canned) -> None:
    windows = [page, *[await page.context.new_page() for _ in range(3)]]
    for window in windows:
        await open_at(window)
    await page.get_by_test_id("composer").fill("still here")
    async with page.expect_response("**/control/say"):  # a browser opens six connections to one host, and no more
        await page.get_by_test_id("composer").press("Enter")
    await canned.add(PLATFORM, message(0, text="to all"))
    for window in windows:
        await expect(shown(window, 0)).to_contain_text("to all")


async def test_pulumi_panel_finds_and_plays(page: Page, canned: Canned, problems: list[str]) -> None:
    await open_at(page, welcome=True)
    stacks = page.get_by_test_id("stack")
    await page.get_by_test_id("stack-search").fill("prod failed")
    await expect(stacks).to_have_count(1)
    await page.get_by_test_id("stack-search").fill("")
    await page.get_by_role("button", name="Play an update", exact=True).click()
    await expect(page.get_by_test_id("play-scenario")).to_have_value("failing-resource")
    await page.get_by_test_id("stack").filter(has_text="dev").get_by_role("button").click()
    await page.get_by_test_id("play-speed").nth(2).check()
    canned.stacks[1] = stack("acme/shop/dev", running=running())
    await page.get_by_test_id("play-submit").click()
    await canned.changed()
    await expect(page.locator('[data-stack="acme/shop/dev"]')).to_contain_text("Update v97 is running12 of 40")
    await expect(page.get_by_test_id("play-said")).to_have_text("v97 of acme/shop/dev is running.")
    assert await violations(page) == []
    await page.get_by_test_id("finish").click()
    canned.stacks[1] = stack("acme/shop/dev", 97, "failed")
    await canned.changed()
    await expect(page.get_by_test_id("play-said")).to_have_text("v97 of acme/shop/dev is over: failed.")
    canned.answers["play"] = (409, {"ok": False, "error": "locked", "message": "It is being updated."})
    await page.get_by_test_id("play-submit").click()
    await expect(page.get_by_test_id("play-said")).to_have_text("It is being updated.")
    chosen = {"stack": "acme/shop/dev", "scenario": "failing-resource", "speed": 20}
    assert canned.calls == [("play", chosen), ("finish", {"stack": "acme/shop/dev"}), ("play", chosen)]
    assert ["409" in problem for problem in problems] == [True]
    problems.clear()
    await page.get_by_test_id("dismiss-welcome").click()
    await page.reload()
    await expect(stacks).to_have_count(3)
    await expect(page.get_by_label("Welcome", exact=True)).to_be_hidden()


async def test_phone_has_a_drawer_and_tabs(page: Page, canned: Canned) -> None:
    long = "x" * 400
    canned.messages[PLATFORM] = [
        message(1, blocks=[*EVERY_BLOCK, rich({"type": "rich_text_preformatted", "elements": [words(long)]})])
    ]
    await page.set_viewport_size(PHONE)
    await open_at(page)
    await expect(page.get_by_test_id("act-as")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert await violations(page) == []
    await page.get_by_role("button", name="Channels and people").click()
    await expect(page.get_by_test_id("act-as")).to_be_visible()
    assert await violations(page) == []
    await page.locator(f'[data-channel="{QUIET}"]').click()
    await expect(page.get_by_test_id("act-as")).to_be_hidden()
    await page.get_by_test_id("tab-pulumi").click()
    await expect(page.get_by_test_id("play")).to_be_visible()
    await expect(page.get_by_test_id("composer")).to_be_hidden()
    assert await violations(page) == []


async def test_the_list_stays_at_the_newest_unless_one_reads_above(page: Page, canned: Canned) -> None:
    canned.messages[PLATFORM] = [message(90 - n, BO, f"line {n}") for n in range(60)]
    await open_at(page)
    await expect(page.get_by_text("line 59")).to_be_in_viewport()
    await canned.add(PLATFORM, message(2, BO, "just said"))
    await expect(page.get_by_text("just said")).to_be_in_viewport()
    await page.get_by_text("line 1", exact=True).scroll_into_view_if_needed()
    await canned.add(PLATFORM, message(1, BO, "unseen"))
    pill = page.get_by_test_id("new-messages")
    await expect(pill).to_be_visible()
    await expect(page.get_by_text("unseen")).not_to_be_in_viewport()
    await pill.click()
    await expect(page.get_by_text("unseen")).to_be_in_viewport()
    await expect(pill).to_be_hidden()


async def test_it_says_when_the_bot_or_the_sandbox_is_away(page: Page, problems: list[str]) -> None:
    away = Canned()
    away.connected = False
    async with serving(away) as url:
        await page.goto(url)
        await expect(page.get_by_test_id("notice")).to_contain_text("The bot is not connected")
        assert await violations(page) == []
    await expect(page.get_by_test_id("notice")).to_contain_text("The sandbox is not reachable")
    async with serving(Canned(), int(url.rsplit(":", 1)[1])):
        await expect(page.get_by_test_id("notice")).to_have_count(0)
        await expect(page.get_by_test_id("bot-state")).to_have_text("Bot connected")
        await page.goto("about:blank")
    assert all("ERR_" in problem for problem in problems)
    problems.clear()


async def test_the_theme_is_kept(page: Page) -> None:
    await open_at(page)
    root = page.locator("html")
    await page.get_by_test_id("theme").click()
    await expect(root).to_have_css("color-scheme", "dark")
    await page.reload()
    await expect(root).to_have_css("color-scheme", "dark")
    await page.get_by_role("button", name="Use the light theme").click()
    await expect(root).to_have_css("color-scheme", "light")


async def test_the_keyboard_reaches_the_composer_at_once(page: Page) -> None:
    await open_at(page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_text("Skip to the message box")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("composer")).to_be_focused()
    await expect(page).to_have_url(re.compile(f"#{PLATFORM}/{ANN}$"))
