"""Modals, direct messages, two people at once: the page, the fake Slack and a plain Bolt app, by hand and by keys."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.app import Sandbox, create
from sandbox.slack import seed
from tests.browser.canned import ANN, PLATFORM, Canned, message
from tests.browser.conftest import violations
from tests.browser.samples import actions, button, open_at
from tests.e2e.conversation import Conversation
from tests.e2e.test_plain_bolt_app import FORM, running_in


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> Sandbox:
    return create()


@pytest_asyncio.fixture(loop_scope="session")
async def slack(sandbox: Sandbox) -> AsyncIterator[Conversation]:
    async with running_in(sandbox) as conversation:
        yield conversation


@pytest_asyncio.fixture(loop_scope="session")
async def client(sandbox: Sandbox, slack: Conversation) -> AsyncWebClient:
    return AsyncWebClient(sandbox.slack.bot_token, base_url=f"{slack.address}/slack/api/")


@pytest_asyncio.fixture(loop_scope="session")
async def anns(browser: Browser, slack: Conversation) -> AsyncIterator[Page]:
    """Ann's window; whatever goes wrong in it fails the test."""
    problems: list[str] = []
    async with await browser.new_context(base_url=slack.address, locale="en-GB", timezone_id="UTC") as context:
        await context.add_init_script("localStorage.setItem('sandbox.welcome.dismissed', 'yes')")
        page = await context.new_page()
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        await page.goto(f"/?as={seed.ANN}")
        yield page
    assert not problems, problems


async def form(page: Page) -> None:
    await page.get_by_test_id("composer").fill("/form")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("modal")).to_be_visible()


def problem(page: Page) -> Locator:
    return page.get_by_test_id("modal").locator(".problem")


async def test_a_modal_is_worked_with_the_keyboard_alone(
    anns: Page, slack: Conversation, client: AsyncWebClient
) -> None:
    await form(anns)
    await expect(anns.get_by_role("dialog", name="Delete a stack")).to_be_visible()
    stack, name = anns.get_by_role("combobox", name="Stack"), anns.get_by_label("Its name again")
    await expect(stack).to_be_focused()
    await anns.keyboard.type("shop")
    await expect(anns.get_by_test_id("offer")).to_have_text(["acme/shop/prod", "acme/shop/dev"])
    assert await violations(anns) == []
    await anns.keyboard.press("ArrowDown")
    await anns.keyboard.press("Enter")
    await expect(stack).to_have_value("acme/shop/dev")
    await anns.keyboard.press("Control+Enter")
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(problem(anns)).to_have_text("Please complete this required field.")
    await anns.keyboard.type("acme/shop/prod")
    await anns.keyboard.press("Enter")
    await expect(problem(anns)).to_have_text("That is another stack.")
    assert await violations(anns) == []
    await anns.emulate_media(color_scheme="dark")
    assert await violations(anns) == []
    await name.fill("acme/shop/d")
    shown = (await slack.modal("ann")).raw
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "42 resources go with it."}}
    view = {**FORM, "blocks": [section, *FORM["blocks"]]}
    await client.views_update(view_id=shown["id"], view=view)
    await expect(anns.get_by_text("42 resources go with it.")).to_be_visible()
    await expect(name).to_be_focused()
    await anns.keyboard.type("ev")
    await expect(name).to_have_value("acme/shop/dev")
    await anns.keyboard.press("Enter")
    await expect(anns.get_by_test_id("modal")).to_be_hidden()


async def test_two_people_in_two_windows(anns: Page, slack: Conversation) -> None:
    async with anns.context.expect_page() as opening:
        await anns.get_by_role("link", name="Open a window as Bo Lind").click()
    bos = await opening.value
    await expect(bos.get_by_test_id("act-as")).to_contain_text("Bo Lind")
    await form(anns)
    await form(bos)
    await bos.get_by_test_id("modal-cross").click()
    await expect(bos.get_by_test_id("modal")).to_be_hidden()
    await expect(anns.get_by_test_id("modal")).to_be_visible()
    direct = bos.locator(f'[data-channel="{seed.direct(seed.BO)}"]')
    await expect(direct.locator(".unread")).to_have_text("1 new")
    await direct.click()
    await expect(direct.locator(".unread")).to_have_count(0)
    left = bos.get_by_test_id("message").filter(has_text="Left as it is")
    await left.hover()
    await left.get_by_role("button", name="Reply in thread").click()
    await bos.get_by_test_id("reply").fill("Good")
    await bos.get_by_test_id("reply").press("Enter")
    await expect(bos.get_by_test_id("thread").get_by_text("Good")).to_be_visible()
    assert (await slack.sees("bo", "bo's messages"))[-1].raw["thread_ts"]
    await anns.keyboard.press("Escape")
    await expect(anns.get_by_test_id("modal")).to_be_hidden()
    await bos.reload()
    await expect(bos.get_by_test_id("act-as")).to_contain_text("Bo Lind")


async def test_a_stack_of_modals_on_a_phone(anns: Page, sandbox: Sandbox, client: AsyncWebClient) -> None:
    await anns.set_viewport_size({"width": 390, "height": 700})
    await form(anns)
    await anns.get_by_label("Its name again").fill("typed below")
    pick = {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"}}
    pick |= {"element": {"type": "multi_users_select", "action_id": "who"}}
    above = {**FORM, "callback_id": "other", "title": {"type": "plain_text", "text": "On top"}, "blocks": [pick]}
    await client.views_push(trigger_id=sandbox.slack.triggers.issue(seed.ANN), view=above)
    await expect(anns.get_by_role("dialog", name="On top")).to_be_visible()
    await anns.get_by_role("group", name="Who").get_by_label("Cy Okafor").check()
    assert await violations(anns) == []
    assert await anns.evaluate("document.documentElement.scrollWidth") == 390
    await anns.get_by_test_id("modal-submit").click()  # no listener of the app takes it
    await expect(problem(anns)).to_have_text("We had some trouble connecting. Try again?")
    await anns.get_by_test_id("modal-back").click()
    await expect(anns.get_by_label("Its name again")).to_have_value("typed below")


async def test_a_press_is_not_lost_when_the_message_is_drawn_again_beneath_it(page: Page, canned: Canned) -> None:
    canned.messages[PLATFORM] = [message(1, blocks=[actions(button("Approve", "approve"))])]
    await open_at(page)
    box = await page.get_by_role("button", name="Approve").bounding_box()
    assert box
    await page.mouse.move(box["x"] + 5, box["y"] + 5)
    await page.mouse.down()
    canned.messages[PLATFORM] = [message(1, blocks=[actions(button("Approve", "approve"), button("Reject", "no"))])]
    async with page.expect_response("**/control/state*"):
        await canned.changed()
    async with page.expect_request("**/control/click"):
        await page.mouse.up()
    await expect(page.get_by_role("button", name="Reject")).to_be_visible()
    assert [body["action_id"] for _, body in canned.calls] == ["approve"]


async def test_the_bot_is_killed_and_started_from_the_faults_panel(page: Page, canned: Canned) -> None:
    canned.running = True
    await open_at(page, PLATFORM, ANN)
    await page.get_by_test_id("faults").locator("summary").click()
    await page.get_by_role("button", name="kill -9 the bot").click()
    await page.get_by_role("button", name="Kill, leave it down").click()
    canned.running = canned.connected = False
    await canned.changed()
    await expect(page.get_by_test_id("bot-state")).to_have_text("Bot is down")
    await expect(page.get_by_test_id("notice")).to_contain_text("The bot is down.")
    assert await violations(page) == []
    await page.get_by_role("button", name="Start the bot").click()
    canned.running = True
    await canned.changed()
    await expect(page.get_by_test_id("bot-state")).to_have_text("Bot is starting")
    kills = [("bot/kill", {"restart": True}), ("bot/kill", {"restart": False})]
    assert canned.calls == [*kills, ("bot/start", {"restart": True})]
