"""One cause, one thread: what failures and recoveries become in channels, told as the feed tells them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from bot.card import Output
from bot.filters import Pattern
from bot.happenings import Kind
from bot.model import StackRef
from bot.records import Wanted, live_root, live_subject
from bot.services.live_cards import starting_card
from bot.store.messages import SqlMessages
from bot.subscriptions import Mute
from sandbox.pulumi.scene import Twist
from sandbox.slack import seed
from tests.notices.acting import FENCE, OPS, PROD, Newsroom, newsroom, said

ALERTS = seed.SHOP_ALERTS


@pytest_asyncio.fixture
async def news(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with newsroom(tmp_path) as room:
        yield room


async def test_a_failure_is_told_with_its_cause_and_heard_again_changes_nothing(news: Newsroom) -> None:
    await news.subscribe("acme/shop/*")
    update = await news.happens("failing-resource")
    (row,) = await news.wanted()
    assert row.card.title == f"Update failed · acme/shop/prod · v{update.version}"
    assert row.text.startswith("❌ Update failed")
    assert "db.t2.micro" in row.text
    assert "1st failure with this cause" in row.text
    assert "Last good: v" in row.text
    news.clock.leap(hours=1)
    await news.tell(update)
    assert await news.wanted() == [row]


async def test_the_same_cause_again_is_a_line_in_the_thread_and_a_number_on_the_card(news: Newsroom) -> None:
    await news.subscribe("acme/shop/*")
    first = await news.happens("failing-resource")
    again = await news.happens("fails-again")
    third = await news.happens("fails-again")
    rows = await news.wanted()
    assert said(rows) == [
        f"Update failed · acme/shop/prod · v{third.version}",
        f"  Failed again · acme/shop/prod · v{again.version}",
        f"  Failed again · acme/shop/prod · v{third.version}",
    ]
    assert f"3rd failure, same cause, since v{first.version}" in rows[0].text
    (incident,) = await news.incidents()
    assert incident.count == 3


async def test_another_cause_is_another_message(news: Newsroom) -> None:
    await news.subscribe("acme/shop/*")
    await news.happens("failing-resource")
    await news.happens("fails-otherwise")
    assert [row.thread for row in await news.wanted()] == ["", ""]
    assert len(await news.incidents()) == 2


async def test_a_fix_turns_every_card_green_and_the_channel_sees_one_line(news: Newsroom) -> None:
    await news.subscribe("acme/shop/*")
    await news.subscribe("acme/shop/prod failed", ALERTS)
    await news.happens("failing-resource")
    await news.happens("fails-otherwise")
    fix = await news.happens("recovers")
    assert said(await news.wanted()) == [
        f"Fixed · acme/shop/prod · v{fix.version}",
        f"Fixed · acme/shop/prod · v{fix.version}",
        f"  ! Recovered · acme/shop/prod · v{fix.version}",
        f"  Recovered · acme/shop/prod · v{fix.version}",
    ]
    assert not any(row.aloud for row in await news.wanted(ALERTS))
    assert await news.incidents() == []
    before = await news.wanted()
    await news.tell(fix)
    assert await news.wanted() == before


async def test_a_late_failure_after_the_fix_opens_nothing(news: Newsroom) -> None:
    """Case 26 of the API's traps: whatever comes late is ordered by its version."""
    await news.subscribe("acme/shop/* failed recovered")
    await news.happens("failing-resource")
    news.play("fails-again")
    late = await news.newest()
    await news.happens("recovers")
    before = await news.wanted()
    known = news.told[late.stack]
    await news.town.services.herald.tell(known, [replace(news.happening(late))], FENCE)
    after = await news.wanted()
    assert await news.incidents() == []
    (new,) = [row for row in after if row.key not in {each.key for each in before}]
    assert new.card.title == f"Had failed, too · acme/shop/prod · v{late.version}"
    assert not new.aloud
    assert new.thread


async def test_a_late_failure_of_which_nothing_was_known_is_told_as_fixed(news: Newsroom) -> None:
    await news.subscribe("acme/shop/* failed recovered")
    news.play("failing-resource")
    late = await news.newest()
    await news.happens("recovers")
    await news.town.services.herald.tell(news.told[late.stack], [news.happening(late)], FENCE)
    titles = said(await news.wanted())
    assert [title for title in titles if title.startswith("Fixed")]
    assert not [title for title in titles if "failed" in title]
    assert await news.incidents() == []


async def test_a_channel_that_subscribes_later_gets_its_own_first_message(news: Newsroom) -> None:
    await news.subscribe("acme/shop/*")
    await news.happens("failing-resource")
    await news.subscribe("acme/shop/*", ALERTS)
    again = await news.happens("fails-again")
    (row,) = await news.wanted(ALERTS)
    assert row.card.title == f"Update failed · acme/shop/prod · v{again.version}"
    assert "2nd failure" in row.text


async def test_a_refresh_that_goes_well_fixes_no_failed_update(news: Newsroom) -> None:
    await news.subscribe("acme/shop/* failed recovered refreshed")
    await news.happens("failing-resource")
    refresh = await news.happens("refresh-drift")
    assert len(await news.incidents()) == 1
    assert said(await news.wanted())[1:] == [f"Refresh succeeded · acme/shop/prod · v{refresh.version}"]
    fix = await news.happens("recovers")
    assert said(await news.wanted())[2:] == [f"  ! Recovered · acme/shop/prod · v{fix.version}"]


async def test_a_muted_channel_hears_nothing_until_it_is_fixed(news: Newsroom) -> None:
    await news.subscribe("acme/shop/*")
    stack = StackRef.parse(PROD)
    mute = Mute(target=Pattern.of(stack), until=None, by=seed.BO)
    await news.town.services.subscriptions.mute(OPS, mute, news.clock())
    await news.happens("failing-resource")
    assert await news.wanted() == []
    (incident,) = await news.incidents()
    assert incident.count == 1
    fix = await news.happens("recovers")
    assert said(await news.wanted()) == [f"Recovered · acme/shop/prod · v{fix.version}"]
    assert await news.town.services.subscriptions.mutes() == {}


async def test_a_mute_for_a_time_outlives_the_fix(news: Newsroom) -> None:
    await news.subscribe("acme/shop/*")
    until = news.clock().replace(microsecond=0) + timedelta(hours=9)
    mute = Mute(target=Pattern.parse("acme/*"), until=until, by=seed.BO)
    await news.town.services.subscriptions.mute(OPS, mute, news.clock())
    await news.happens("failing-resource")
    await news.happens("recovers")
    assert await news.wanted() == []
    assert await news.town.services.subscriptions.mutes() == {OPS: [mute]}


async def test_a_failure_that_is_followed_live_ends_its_thread_instead_of_a_second_message(news: Newsroom) -> None:
    await news.subscribe("acme/shop/*")
    news.play("failing-resource")
    update = await news.newest()
    key = live_root(update.update_id or "", OPS)
    card = starting_card(update, news.scene)
    about = live_subject(update.update_id or "")
    messages = SqlMessages(news.town.services.world.store.database)
    await messages.want([Wanted(key=key, subject=about, channel=OPS, card=card)])
    await news.tell(update)
    live, root = await news.wanted()
    assert (root.thread, root.aloud, root.key) == (live.key, True, f"{key}/end")
    again = await news.happens("fails-again")
    assert said(await news.wanted())[2:] == [f"  Failed again · acme/shop/prod · v{again.version}"]
    assert (await news.wanted())[2].thread == live.key


async def test_eleven_failures_at_once_become_a_summary_that_turns_green(news: Newsroom) -> None:
    await news.subscribe("acme/*")
    stacks = [str(each) for each in sorted(news.town.sandbox.pulumi.world.stacks) if each.org == "acme"]
    broken: list[str] = []
    for stack in stacks:
        if len(broken) == 13:
            break
        if news.idle(stack):
            news.play("failing-resource", stack)
            await news.tell(await news.newest(stack))
            broken.append(stack)
    rows = await news.wanted()
    assert len(rows) == 11
    assert rows[-1].card.title == "Failed: 3 more failed"
    assert all(stack in rows[-1].text for stack in broken[10:])
    assert len(await news.incidents(broken[-1])) == 1
    news.clock.leap(minutes=1)
    for stack in broken[10:]:
        await news.happens("recovers", stack)
    rows = await news.wanted()
    assert rows[10].card.title == "All fixed: 3 more failed"
    assert len(rows) == 14
    assert all(row.thread == rows[10].key and not row.aloud for row in rows[11:])


async def test_a_stack_s_own_tags_name_the_channel_and_who_is_called(news: Newsroom) -> None:
    stack = StackRef.parse(PROD)
    tags = {"slack:channel": "#shop-alerts", "slack:oncall": "@sre", "slack:owner": seed.BO}
    news.town.sandbox.pulumi.stack(PROD).tags.update(tags)
    await news.happens("failing-resource")
    (row,) = await news.wanted(ALERTS)
    assert f"For @sre @{seed.BO}" in row.text
    assert await news.wanted() == []
    assert stack.org == "acme"


async def test_a_policy_is_named_first_and_subscribable_by_itself(news: Newsroom) -> None:
    await news.subscribe("acme/payments/* policy")
    await news.happens("policy-violation", "acme/payments/staging")
    (row,) = await news.wanted()
    assert row.text.splitlines()[1].startswith("• Policy ")


async def test_a_failure_whose_events_say_cancelled_is_called_so(news: Newsroom) -> None:
    """Case 7: status failed, diagnostic "update canceled"."""
    await news.subscribe("acme/shop/* failed recovered canceled")
    update = await news.happens("cancelled")
    rows = await news.wanted()
    assert said(rows) == [f"Update cancelled · acme/shop/prod · v{update.version}"]
    assert await news.incidents() == []


async def test_lost_events_are_said_to_be_lost(news: Newsroom) -> None:
    """Case 6: no summary, status failed."""
    await news.subscribe("acme/shop/*")
    played = news.play("failing-resource")
    cloud = news.town.sandbox.pulumi
    played.twist = Twist(lost=len(cloud.theatre.uploads(cloud.stack(PROD), played).total))
    await news.tell(await news.newest())
    (row,) = await news.wanted()
    assert "has holes" in row.text


async def test_a_program_that_fails_shows_the_end_of_its_traceback(news: Newsroom) -> None:
    """Case 30."""
    await news.subscribe("acme/identity/*")
    await news.happens("program-error", "acme/identity/staging")
    (row,) = await news.wanted()
    assert any(isinstance(part, Output) and part.lines for part in row.card.parts)


async def test_a_failed_preview_is_quieter(news: Newsroom) -> None:
    await news.subscribe("acme/shop/* previews")
    news.play("preview-fails")
    preview = await anext(news.town.services.world.pulumi.fresh.previews(StackRef.parse(PROD)))
    happening = news.happening(preview)
    assert happening.kinds == {Kind.PREVIEWS}
    await news.town.services.herald.tell(None, [happening], FENCE)
    (row,) = await news.wanted()
    assert row.card.tone == "⚠️"
    assert "Nothing was changed: it was only a preview." in row.text
    assert await news.incidents() == []


async def test_a_deleted_stack_s_subscription_rests_and_comes_back_with_it(news: Newsroom) -> None:
    await news.subscribe("acme/shop/prod failed")
    await news.subscribe("acme/* created deleted", ALERTS)
    update = await news.happens("failing-resource")
    at = news.clock()
    await news.tells(Kind.DELETED, PROD, at)
    await news.tells(Kind.DELETED, PROD, at)
    assert said(await news.wanted()) == ["Fixed · acme/shop/prod · its deletion", "Deleted · acme/shop/prod"]
    assert said(await news.wanted(ALERTS)) == ["Deleted · acme/shop/prod"]
    subscriptions = news.town.services.subscriptions
    assert [each.parked for each in await subscriptions.of(OPS)] == ["the stack was deleted"]
    await news.tells(Kind.CREATED, PROD)
    assert [each.parked for each in await subscriptions.of(OPS)] == [""]
    assert update.version


async def test_a_stack_that_moves_takes_its_incident_along(news: Newsroom) -> None:
    await news.subscribe("acme/shop/prod")
    await news.happens("failing-resource")
    old, new = StackRef.parse(PROD), StackRef("acme", "shop", "live")
    await news.town.services.herald.moved(old, new)
    assert [each.stack for each in await news.incidents("acme/shop/live")] == [new]
    (subscribed,) = await news.town.services.subscriptions.of(OPS)
    assert subscribed.subscription.key == "acme/shop/live"
