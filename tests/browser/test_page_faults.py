"""The Faults panel, files, and groups on the page: used by hand and by keyboard, on any screen, in both themes."""

from playwright.async_api import Page, expect

from tests.browser.canned import ANN, PLATFORM, Canned, Json, message
from tests.browser.conftest import violations
from tests.browser.samples import open_at, shown


def fault(number: int, **more: object) -> Json:
    known: Json = {"id": number, "service": "pulumi", "match": "", "kind": "status", "times": 0, "fired": 3}
    return {**known, "status": 503, "retry_after": None, "body": "json", **more}


def file(name: str, size: int, **more: object) -> Json:
    known: Json = {"id": "F1", "name": name, "title": name, "size": size, "mimetype": "text/plain"}
    return {**known, "url": f"/slack/files/F1/{name}?as={ANN}", **more}


async def test_faults_are_added_watched_and_removed(page: Page, canned: Canned) -> None:
    await open_at(page)
    panel = page.get_by_test_id("faults")
    await panel.locator("summary").focus()
    await page.keyboard.press("Enter")
    await panel.get_by_role("radio", name="Slack").check()
    await page.get_by_test_id("fault-kind").select_option("429")
    await panel.get_by_role("radio", name="5 times").check()
    await page.get_by_test_id("fault-add").click()
    added = {"kind": "status", "status": 429, "retry_after": 5, "service": "slack", "times": 5}
    canned.faults = [fault(1, match="api/user"), fault(2, kind="drop", when="after", times=2, fired=2)]
    await expect(page.get_by_test_id("fault")).to_have_text(
        ["Pulumi Cloud · 503 · api/user3 times so far", "Pulumi Cloud · cut, but handledall done"]
    )
    await expect(panel.locator("summary")).to_contain_text("1 active")
    assert await violations(page) == []
    await page.get_by_role("button", name="Remove: Pulumi Cloud, 503").click()
    await page.get_by_test_id("fault-twice").check()
    await expect(page.get_by_test_id("fault-twice")).not_to_be_checked()  # the server did not turn it
    assert canned.calls == [("faults", added), ("remove", {"id": "1"}), ("switches", {"copies": 2})]


async def test_a_fault_that_is_refused_is_explained(page: Page, canned: Canned, problems: list[str]) -> None:
    canned.answers["faults"] = (400, {"ok": False, "error": "invalid_fault", "message": "It is no fault."})
    await open_at(page)
    await page.get_by_test_id("faults").locator("summary").click()
    await page.get_by_test_id("fault-add").click()
    await expect(page.get_by_test_id("faults").get_by_role("status")).to_have_text("It is no fault.")
    assert len(problems) == 1
    problems.clear()


async def test_on_a_phone_nothing_is_cut_off(page: Page, canned: Canned) -> None:
    canned.faults = [fault(number) for number in range(1, 7)]
    await page.emulate_media(color_scheme="dark")
    await open_at(page)
    await page.set_viewport_size({"width": 390, "height": 700})
    await page.get_by_test_id("tab-pulumi").click()
    await page.get_by_test_id("faults").locator("summary").click()
    await expect(page.get_by_test_id("fault")).to_have_count(6)
    await page.get_by_test_id("fault-twice").scroll_into_view_if_needed()
    await expect(page.get_by_test_id("fault-twice")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    box = await page.get_by_test_id("stacks").bounding_box()
    assert box is not None
    assert box["height"] >= 100
    assert await violations(page) == []


async def test_a_file_can_be_saved_and_a_strange_address_cannot(page: Page, canned: Canned) -> None:
    files = [
        file("audit.csv", 1_234_567, title="Audit log"),
        file("x.log", 25, url="javascript:alert(1)"),
    ]
    canned.messages[PLATFORM] = [message(1, text="Here", files=files), message(0.5, files=files[:1])]
    await open_at(page)
    cards = shown(page, 1).get_by_test_id("file")
    await expect(cards.first).to_contain_text("Audit logaudit.csv · 1.2 MB")
    save = cards.first.get_by_role("link", name="Download audit.csv")
    await expect(save).to_have_attribute("href", f"/slack/files/F1/audit.csv?as={ANN}")
    await expect(save).to_have_attribute("download", "audit.csv")
    await expect(cards.last).to_contain_text("LOG · 25 bytes")
    await expect(cards.last.get_by_role("link")).to_have_count(0)
    assert await violations(page) == []


async def test_a_group_is_called_by_its_handle(page: Page, canned: Canned) -> None:
    canned.messages[PLATFORM] = [message(1, text="Ask <!subteam^S0SRE00001> or <!subteam^S9|@old>")]
    await open_at(page)
    await expect(shown(page, 1)).to_contain_text("Ask @sre or @old")
    await expect(shown(page, 1).locator(".mention-me")).to_have_text("@sre")
