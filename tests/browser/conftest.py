"""One Chromium for all browser tests; each test gets its own page, offline, and its own canned sandbox."""

import os
import shutil
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.canned import Canned, serving
from tests.need import need

OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RUN = "(tags) => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then((result) => result.violations)"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NAMES = ("chromium-headless-shell", "chromium", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in (item for item in items if item.path.is_relative_to(Path(__file__).parent)):
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = filter(None, (os.environ.get("CHROMIUM"), *map(shutil.which, (*NAMES, own))))
        path = next(found, None) or need("Chromium: apt-get install chromium, or set CHROMIUM=/its/path")
        async with await playwright.chromium.launch(executable_path=path, args=[OFFLINE]) as browser:
            yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def canned() -> Canned:
    return Canned()


@pytest_asyncio.fixture(loop_scope="session")
async def app_url(canned: Canned) -> AsyncIterator[str]:
    async with serving(canned) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def problems() -> list[str]:
    """Errors of the page; whatever is left in here at the end fails the test."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, app_url: str, problems: list[str]) -> AsyncIterator[Page]:
    async with await browser.new_context(base_url=app_url, locale="en-GB", timezone_id="UTC") as context:
        page = await context.new_page()
        page.set_default_timeout(5_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        yield page
    assert not problems, problems


async def violations(page: Page) -> list[str]:
    """What axe says of the page as it is now."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    found = await page.evaluate(RUN, TAGS)
    return [f"{rule['id']} at {node['target']}" for rule in found for node in rule["nodes"]]
