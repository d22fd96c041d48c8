"""The page, the sandbox and the real bot together: type a command, read the answer, press a button."""

import re

from playwright.async_api import Browser, expect


async def test_a_typed_command_is_answered_by_the_real_bot(browser: Browser, sandbox_url: str) -> None:
    async with await browser.new_context(base_url=sandbox_url, locale="en-GB", timezone_id="UTC") as context:
        page = await context.new_page()
        page.set_default_timeout(15_000)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        await page.goto("/")
        await expect(page.get_by_text("Bot connected")).to_be_visible(timeout=20_000)
        box = page.get_by_test_id("composer")
        await box.fill("/pulumi stauts shop/prod")
        await box.press("Enter")
        answer = page.get_by_test_id("message").filter(has_text="I don't know").last
        await expect(answer).to_contain_text('I don\'t know "stauts".', timeout=20_000)
        await expect(answer).to_contain_text("answered in", timeout=20_000)  # the last redraw of this answer
        await answer.get_by_role("button", name="status shop/prod").click()
        answer = page.get_by_test_id("message").filter(has_text="Update failed · acme/shop/prod · v96").last
        await expect(answer).to_contain_text("Update failed · acme/shop/prod · v96", timeout=20_000)
        await expect(answer).to_contain_text("InvalidParameterCombination")
        await expect(answer).to_contain_text("Only visible to you")
        await expect(answer.get_by_role("link", name=re.compile("Open in Pulumi"))).to_have_attribute(
            "href", "https://app.pulumi.com/acme/shop/prod/updates/96"
        )
        assert problems == []
