"""What the page draws from canned JSON, and that everybody can use it."""

from playwright.async_api import Page, expect

from tests.browser.canned import ANN, BO, NOW, PLATFORM, USERS, Canned, message, stack
from tests.browser.conftest import violations
from tests.browser.samples import EVERY_BLOCK, actions, button, line, mrkdwn, open_at, plain, rich, shown, words


async def test_every_block_is_drawn_and_accessible(page: Page, canned: Canned) -> None:
    canned.messages[PLATFORM] = [message(3, blocks=EVERY_BLOCK)]
    await open_at(page)
    drawn = shown(page, 3)
    await expect(drawn.get_by_role("heading", name="Update failed")).to_be_visible()
    await expect(drawn.locator(".block-section strong").first).to_have_text("Cause")
    await expect(drawn.locator(".block-section .mention-me")).to_have_text(["@Ann Sato", "@here"])
    await expect(drawn.locator(".block-context .text")).to_have_text("1st failure @here")
    await expect(drawn.locator(".block-context .mention")).to_have_count(0)  # it is verbatim
    await expect(drawn.locator(".fields > *")).to_have_text(["One1", "two"])
    await expect(drawn.get_by_role("img", name="A chart")).to_be_visible()  # and nobody else's server is asked
    await expect(drawn.locator(".rich-section").first).to_have_text("bold*not bold*@Ann Sato")
    await expect(drawn.locator("pre")).to_have_text("error: <none>")
    await expect(drawn.locator("ol > li > code")).to_have_text("first")
    await expect(drawn.locator("time").last).to_have_text("Today 11:20")
    await expect(drawn.get_by_role("link", name="console")).to_have_attribute("rel", "noopener noreferrer")
    await expect(drawn.locator("td").last).to_have_text("42")
    await expect(drawn.locator(".task-word")).to_have_text("Complete")
    await expect(drawn.locator(".block-markdown")).to_have_text("**as it is**")
    await expect(drawn.get_by_role("link", name="Open")).to_have_attribute("href", "https://app.pulumi.com/")
    await expect(drawn.get_by_test_id("unsupported")).to_contain_text(
        ["Unsupported block: carousel", "This context block"]
    )
    await expect(drawn.locator(".blocks > :last-child")).to_have_class("block-table")
    assert await violations(page) == []
    await page.emulate_media(color_scheme="dark")
    assert await violations(page) == []


LINK = '<a href="{0}" target="_blank" rel="noopener noreferrer">{1}</a>'
MENTION, CHANNEL = '<span class="mention">{0}</span>', f'<a class="mention" href="#{PLATFORM}/{BO}">#platform</a>'
HERE = '<span class="mention mention-me">@here</span>'
MRKDWN = [
    ("*bold* _it_ ~no~ `c*d*e`", "<strong>bold</strong> <em>it</em> <s>no</s> <code>c*d*e</code>"),
    ("*_both_* a*b*c snake_case_name 2 * 3 * 4", "<strong><em>both</em></strong> a*b*c snake_case_name 2 * 3 * 4"),
    ("*not\nbold*", "*not<br>bold*"),
    ("&gt; quoted\n> *two*\nafter", "<blockquote>quoted<br><strong>two</strong></blockquote>after"),
    ("see:\n```a *b*\n  &lt;c&gt;```\nend", "see:<pre>a *b*\n  &lt;c&gt;</pre>end"),
    ("<https://a.example/?x=1&amp;y=_2_|*l* &amp; m>", LINK.format("https://a.example/?x=1&amp;y=_2_", "*l* &amp; m")),
    ("<javascript:alert(1)|click>", "<span>click</span>"),
    (f"<@{ANN}> <@U0NOBODY00|zed> <!subteam^S1|@sre>", " ".join(map(MENTION.format, ("@Ann Sato", "@zed", "@sre")))),
    (f"<#{PLATFORM}> <!here>", f"{CHANNEL} {HERE}"),
    ("&lt;@U0ANN00001&gt; &amp;amp;", "&lt;@U0ANN00001&gt; &amp;amp;"),
    (
        ":tada: :no_such_one: 10:30:45",
        '<span class="emoji" role="img" aria-label="tada">🎉</span> :no_such_one: 10:30:45',
    ),
    (
        "<!date^1795519200^{date_short_pretty} at {time}^https://a.example/|soon>",
        LINK.format("https://a.example/", '<time datetime="2026-11-24T11:20:00.000Z">Today at 11:20</time>'),
    ),
    (
        "<!date^1392734382^{date} {date_num} {nonsense}|2014>",
        '<time datetime="2014-02-18T14:39:42.000Z">2014</time>',
    ),
    (
        "<!date^1392734382^{date_long}, {date_short}, {time_secs}|2014>",
        '<time datetime="2014-02-18T14:39:42.000Z">Tuesday, February 18th, 2014, Feb 18, 2014, 14:39:42</time>',
    ),
    ("@here #platform https://a.example.", "@here #platform https://a.example."),
]
DRAW = """async ([cases, auto, users, channels, me, now]) => {
  const { drawMrkdwn } = await import("/page/inline.js");
  const map = (list) => new Map(list.map((one) => [one.id, one]));
  const ink = { users: map(users), channels: map(channels), me, now };
  return cases.map((text) => {
    const box = document.createElement("p");
    box.append(...drawMrkdwn(text, ink, auto));
    return box.innerHTML;
  });
}"""


async def test_mrkdwn_reads_as_in_slack(page: Page, canned: Canned) -> None:
    await page.goto("/")
    channels = canned.state(BO)["channels"]
    drawn = await page.evaluate(DRAW, [[text for text, _ in MRKDWN], {}, USERS, channels, BO, NOW])
    assert dict(zip((text for text, _ in MRKDWN), drawn, strict=True)) == dict(MRKDWN)
    text = "@here #platform #nowhere (https://a.example/_x_). ann@here a#platform"
    url = "https://a.example/_x_"
    found = f"{HERE} {CHANNEL} #nowhere ({LINK.format(url, url)}). ann@here a#platform"
    auto = {"urls": True, "names": True}
    assert await page.evaluate(DRAW, [[text], auto, USERS, channels, BO, NOW]) == [found]


async def test_foreign_text_never_becomes_markup(page: Page, canned: Canned) -> None:
    evil = "<img src=x onerror=document.title='owned'><b>x</b>"
    blocks = [
        {"type": "header", "text": plain(evil)},
        {"type": "section", "text": mrkdwn(evil, verbatim=False), "fields": [mrkdwn(f"`{evil}`")]},
        rich(line(words(evil), {"type": "link", "url": "javascript:document.title='owned'", "text": "link"})),
        actions(button(evil, "a", url="javascript:document.title='owned'")),
        {"type": evil},
    ]
    canned.messages[PLATFORM] = [message(2, text=evil), message(1, blocks=blocks), message(0, BO, evil)]
    canned.stacks = [stack(f"acme/{evil}/dev", result=evil)]
    await open_at(page)
    await expect(shown(page, 1).get_by_role("heading")).to_have_text(evil)
    assert await page.locator("main img, main b:text-is('x')").count() == 0
    assert await page.locator("a[href^='javascript']").count() == 0
    assert "owned" not in await page.title()


async def test_ephemeral_edited_system_and_replies(page: Page, canned: Canned) -> None:
    root = f"{NOW - 60 * 40:.6f}"
    canned.messages[PLATFORM] = [
        message(2000, BO, "Morning"),
        message(1999, BO, "all", edited=True),
        message(40, text="Update failed: *prod*"),
        message(39, BO, "On it", thread_ts=root),
        message(38, BO, "Hmm", thread_ts=root, broadcast=True),
        message(37, text="Sorry!", thread_ts=root, system=True, ephemeral=True, to=ANN, in_response_to="/pulumi why"),
        message(3, text="61 stacks", ephemeral=True, to=ANN, in_response_to="/pulumi stack ls"),
        message(2, text="for Bo", ephemeral=True, to=BO),
        message(1, text="/pulumi failed", system=True, ephemeral=True, to=ANN, in_response_to="/pulumi why"),
        message(0, text="⚠ no answer", system=True, ephemeral=True, to=ANN, in_response_to="Refresh"),
    ]
    await open_at(page)
    await expect(page.locator("#scroller .day-name")).to_have_text(["Yesterday", "Today"])
    await expect(shown(page, 1999)).to_contain_text("(edited)")
    await expect(shown(page, 1999).locator(".message-name")).to_have_count(0)  # a run of one person
    answer = shown(page, 3)
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer).to_contain_text("You used /pulumi stack ls")
    await expect(shown(page, 2)).to_have_count(0)
    await expect(shown(page, 1)).to_contain_text("/pulumi failed")
    await expect(shown(page, 0)).to_have_count(0)  # a triangle beside the button says it
    await expect(shown(page, 38)).to_contain_text("replied to a thread:Update failed: prod")
    await expect(shown(page, 40).get_by_test_id("replies")).to_contain_text("2 replies")  # what only Ann sees is none
    await shown(page, 40).get_by_test_id("replies").click()
    thread = page.get_by_test_id("thread")
    await expect(thread.get_by_test_id("message")).to_have_count(4)
    await expect(thread.get_by_test_id("message").nth(2)).to_contain_text("Also sent to the channel")
    assert await violations(page) == []
    await page.keyboard.type("done")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("reply")).to_have_value("")
    assert canned.calls == [("say", {"as": ANN, "channel": PLATFORM, "text": "done", "thread_ts": root})]
    await page.keyboard.press("Escape")
    await expect(thread).to_be_hidden()


async def test_a_planted_violation_is_seen(page: Page) -> None:
    await open_at(page)
    await page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(found.startswith("button-name") for found in await violations(page))
