"""What a new user does first, in the order in which they would."""

import asyncio
import json
import re

from tests.e2e.conversation import Conversation


async def test_a_newcomer_looks_around(slack: Conversation) -> None:
    """The first command shows what is wrong; one press says why."""
    overview = await slack.says("ann", "/pulumi status")
    assert overview.only_me
    assert overview.title == "❌ 4 stacks not fine, 1 running · acme + newco"
    assert "acme/shop/prod" in overview.text

    why = await slack.clicks("ann", overview, "Why shop/prod?")
    assert why.title == "❌ Update failed · acme/shop/prod · v96"
    assert "aws:rds:Instance orders-db" in why.text
    assert "InvalidParameterCombination" in why.text
    assert "Half-applied?: yes: 3 created before it stopped" in why.text
    assert "Bo Lind" in why.text
    assert why.only_me
    assert why.raw["ts"] == overview.raw["ts"], "a press on a private answer takes its place"


async def test_a_list_turns_its_pages_forwards_and_back(slack: Conversation) -> None:
    first = await slack.says("ann", "/pulumi stack ls acme")
    assert first.title == "57 stacks in acme · page 1 of 6"
    second = await slack.clicks("ann", first, "More ▶")
    assert second.title == "57 stacks in acme · page 2 of 6"
    assert not set(first.text.splitlines()[1:]) & set(second.text.splitlines()[1:])
    again = await slack.clicks("ann", second, "◀ Back")
    assert [line.split("  ·")[0] for line in again.text.splitlines()] == [
        line.split("  ·")[0] for line in first.text.splitlines()
    ]


async def test_a_typo_offers_the_command_and_a_press_runs_it(slack: Conversation) -> None:
    sorry = await slack.says("ann", "/pulumi stauts shop/prod")
    assert 'I don\'t know "stauts".' in sorry.text
    assert "stauts shop/prod" in sorry.text, "what was typed is not lost"
    answer = await slack.clicks("ann", sorry, "status shop/prod")
    assert answer.title == "❌ Update failed · acme/shop/prod · v96"


async def test_an_unknown_stack_offers_the_close_ones(slack: Conversation) -> None:
    sorry = await slack.says("ann", "/pulumi why shop/prdo")
    assert "shop/prdo isn't a stack in acme or newco" in sorry.text
    full = await slack.says("ann", "/pulumi why acme/shop/prdo")
    assert "acme/shop/prdo doesn't exist, or my token cannot see it." in full.text
    for seen in (sorry, full):
        assert "why acme/shop/prod" in seen.buttons


async def test_an_ambiguous_name_asks_which_one(slack: Conversation) -> None:
    question = await slack.says("ann", "/pulumi status prod")
    assert question.title == "Which prod?"
    answer = await slack.clicks("ann", question, "status acme/payments/prod")
    assert answer.title == "❌ Update failed · acme/payments/prod · v64"
    assert "policy rds-encrypted-with-own-key (acme-baseline@1.14.0)" in answer.text


async def test_a_pasted_link_is_understood_and_a_foreign_one_is_not(slack: Conversation) -> None:
    ours = await slack.says("ann", "/pulumi https://app.pulumi.com/acme/shop/prod/updates/95")
    assert ours.title == "❌ Update failed · acme/shop/prod · v95"
    foreign = await slack.says("ann", "/pulumi status https://evil.example/acme/shop/prod")
    assert "not a page of the Pulumi console I know" in foreign.text
    assert "https://evil.example" not in str(foreign.raw["blocks"])


async def test_a_stack_that_never_ran_and_one_that_runs(slack: Conversation) -> None:
    never = await slack.says("ann", "/pulumi status ann-sandbox/scratch")
    assert never.title == "Never updated · acme/ann-sandbox/scratch"
    running = await slack.says("ann", "/pulumi status data/warehouse")
    assert running.title.startswith("⏳ Update is running · acme/data/warehouse")
    assert "so far" in running.text
    assert "1970" not in running.text
    idle = await slack.says("ann", "/pulumi why shop/staging")
    assert idle.title.startswith("✅ Fine now · acme/shop/staging")


async def test_previews_are_listed_newest_first_and_open_by_their_id(slack: Conversation) -> None:
    """Case 28: five previews share one version."""
    previews = await slack.says("ann", "/pulumi previews web/prod")
    assert previews.title == "5 previews of acme/web/prod"
    links = [
        piece["url"]
        for block in previews.raw["blocks"]
        if block["type"] == "rich_text"
        for each in block["elements"][0]["elements"]
        for piece in each["elements"]
        if piece["type"] == "link" and "/previews/" in piece["url"]
    ]
    assert len(set(links)) == 5
    newest = await slack.clicks("ann", previews, "Newest in full")
    assert newest.title.startswith("✅ Preview succeeded · acme/web/prod · preview ")


async def test_a_program_that_failed_before_any_resource_shows_its_traceback(slack: Conversation) -> None:
    """Case 30."""
    why = await slack.says("ann", "/pulumi why identity/prod")
    assert "KeyError: 'prod'" in why.text
    assert "no: nothing was changed before it stopped" in why.text


async def test_the_default_of_a_channel_and_of_a_person(slack: Conversation) -> None:
    assert "acme/shop/staging" in (await slack.says("ann", "/pulumi use shop/staging")).title
    assert "acme/shop/staging" in (await slack.says("bo", "/pulumi status")).title
    assert "acme/web/prod" in (await slack.says("bo", "/pulumi use web/prod --me", "shop-alerts")).title
    assert "acme/web/prod" in (await slack.says("bo", "/pulumi status", "shop-alerts")).title
    assert "newco" in (await slack.says("ann", "/pulumi status", "shop-alerts")).title, "Bo's default is not Ann's"
    who = await slack.says("bo", "/pulumi whoami")
    assert "This channel's default: acme/shop/staging" in who.text
    assert "Your default: acme/web/prod" in who.text
    for line, channel in (("/pulumi use --clear", "platform"), ("/pulumi use --me --clear", "shop-alerts")):
        assert "is cleared" in (await slack.says("bo", line, channel)).title


async def test_sharing_shows_the_answer_to_everybody_and_says_who_asked(slack: Conversation) -> None:
    private = await slack.says("ann", "/pulumi status shop/staging")
    assert not [seen for seen in await slack.sees("bo") if seen.title == private.title]
    await slack.clicks("ann", private, "Share in channel")
    (public,) = [seen for seen in await slack.sees("bo") if seen.title == private.title]
    assert not public.only_me
    assert "Asked by ann with /pulumi status acme/shop/staging" in public.text
    direct = await slack.says("ann", "/pulumi status shop/prod --share")
    assert not direct.only_me


async def test_a_press_on_a_shared_answer_answers_only_the_one_who_pressed(slack: Conversation) -> None:
    await slack.says("ann", "/pulumi stack ls acme --share")
    (public,) = [seen for seen in await slack.sees("bo") if "page 1 of 6" in seen.title]
    turned = await slack.clicks("bo", public, "More ▶")
    assert turned.only_me
    assert "page 2 of 6" in turned.title
    assert [seen for seen in await slack.sees("ann") if "page 1 of 6" in seen.title], "the shared page stays as it was"


async def test_a_guest_is_refused(slack: Conversation) -> None:
    assert "full members" in (await slack.says("gus", "/pulumi status", "shop-alerts")).text


async def test_a_forbidden_stack_and_what_is_not_offered_say_so(slack: Conversation) -> None:
    assert "My token can see it, but lacks the right" in (await slack.says("ann", "/pulumi stack get legacy/prod")).text
    assert "terminal or your pipeline" in (await slack.says("ann", "/pulumi up")).text


async def test_a_played_failure_is_explained_at_once(slack: Conversation) -> None:
    """What the Pulumi panel plays is what the bot reads."""
    body = {"stack": "acme/shop/staging", "scenario": "failing-resource", "speed": 0}
    played = await slack.control("pulumi/play", body)
    why = await slack.says("bo", "/pulumi why shop/staging")
    assert why.title == f"❌ Update failed · acme/shop/staging · v{played['version']}"
    assert "Failing since: this update, the first to fail" in why.text


async def test_many_people_asking_at_once_are_all_answered(slack: Conversation) -> None:
    people = ["ann", "bo", "cy", "dee"] * 3
    lines = [f"/pulumi status shop/prod v{80 + n}" for n in range(len(people))]
    answers = await asyncio.gather(*(slack.says(who, line) for who, line in zip(people, lines, strict=True)))
    assert [answer.title.rsplit(" · ", 1)[1] for answer in answers] == [f"v{80 + n}" for n in range(len(people))]


async def test_other_peoples_words_notify_nobody(slack: Conversation) -> None:
    """Case 14, end to end: a commit message with <!channel> stays text."""
    previews = await slack.says("ann", "/pulumi previews web/prod --share")
    assert "&lt;!channel&gt;" in previews.text
    blocks = json.dumps(previews.raw["blocks"])
    assert "<!channel>" in blocks
    assert not re.search(r'"type": "(mrkdwn|user|usergroup|channel|broadcast|emoji)"', blocks)
