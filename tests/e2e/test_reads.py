"""The rest of what can be read: state, tags, members, the audit log, history with filters."""

import re

from tests.e2e.conversation import Conversation


async def test_what_a_stack_holds(slack: Conversation) -> None:
    by_type = await slack.says("ann", "/pulumi stack export shop/prod")
    assert re.fullmatch(r"\d+ resources in acme/shop/prod( · page 1 of \d)?", by_type.title)
    assert "pulumi stack export --stack acme/shop/prod" in by_type.text
    outputs = await slack.clicks("ann", by_type, "Outputs")
    assert "in acme/shop/prod" in outputs.title
    assert "[secret]" in outputs.text
    assert "ciphertext" not in outputs.text


async def test_an_interrupted_update_is_seen_in_the_state(slack: Conversation) -> None:
    state = await slack.says("ann", "/pulumi export network/prod")
    assert "may or may not exist" in state.text


async def test_a_stack_that_never_ran_holds_nothing(slack: Conversation) -> None:
    assert (await slack.says("ann", "/pulumi export ann-sandbox/scratch")).title == "Empty · acme/ann-sandbox/scratch"


async def test_tags(slack: Conversation) -> None:
    tags = await slack.says("ann", "/pulumi tags shop/prod")
    assert "pulumi:project" in tags.text
    assert "set by Pulumi, read-only" in tags.text
    assert "prod" in (await slack.says("ann", "/pulumi stack tag get shop/prod env")).text
    sorry = await slack.says("ann", "/pulumi stack tag get shop/prod evn")
    assert 'acme/shop/prod has no tag "evn".' in sorry.text
    assert (await slack.clicks("ann", sorry, "stack tag get acme/shop/prod env")).title == "Tag env · acme/shop/prod"


async def test_members_with_filters_and_without_addresses(slack: Conversation) -> None:
    everybody = await slack.says("bo", "/pulumi members acme")
    assert "of acme" in everybody.title
    assert "@" not in everybody.text, "addresses are for auditors"
    admins = await slack.says("bo", "/pulumi org member ls acme --role admin")
    assert "with role admin" in admins.title
    assert "ann" in admins.text
    found = await slack.says("bo", "/pulumi org member ls acme --find bo")
    assert "bo" in found.text
    nobody = await slack.says("bo", "/pulumi org member ls acme --role astronaut")
    assert nobody.title == "Nobody in acme with role astronaut"


async def test_the_audit_log_is_for_admins(slack: Conversation) -> None:
    refused = await slack.says("bo", "/pulumi audit acme")
    assert "for the admins of this Slack workspace" in refused.text
    first = await slack.says("ann", "/pulumi audit acme --since 30d")
    assert first.title == "Audit log of acme · page 1"
    assert "Share in channel" not in first.buttons
    second = await slack.clicks("ann", first, "Older ▶")
    assert second.title == "Audit log of acme · page 2"
    assert not set(_events(first.text)) & set(_events(second.text))
    back = await slack.clicks("ann", second, "◀ Newer")
    assert _events(back.text) == _events(first.text), "the bounds are dates: nothing slips while turning pages"


def _events(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("•")]


async def test_the_audit_log_comes_as_a_file_in_direct_messages(slack: Conversation) -> None:
    said = await slack.says("ann", "/pulumi audit export acme --since 7d --format csv")
    assert said.title == "✅ Sent to you"
    (message,) = [
        seen for seen in await slack.sees("ann", "ann's messages") if seen.title.startswith("Audit log of acme")
    ]
    files = [seen for seen in await slack.sees("ann", "ann's messages") if seen.raw.get("files")]
    assert [seen.raw["thread_ts"] for seen in files] == [message.raw["ts"]]
    assert files[0].raw["files"][0]["name"].endswith(".csv")
    assert not [seen for seen in await slack.sees("bo") if "Audit" in seen.title]


async def test_an_organization_without_the_plan_says_so(slack: Conversation) -> None:
    refused = await slack.says("ann", "/pulumi audit newco")
    assert refused.title in {"❌ Pulumi refused the request", "❌ Pulumi doesn't allow me that"}


async def test_history_with_filters(slack: Conversation) -> None:
    failed = await slack.says("ann", "/pulumi stack history shop/prod --result failed")
    assert failed.title == "History of acme/shop/prod · failed · page 1"
    assert "succeeded" not in failed.text
    by_bo = await slack.says("ann", "/pulumi updates shop/prod --user bo --result failed")
    assert {line.split("by ")[1].split("  ")[0] for line in by_bo.text.splitlines()[1:]} == {"Bo Lind"}
    none = await slack.says("ann", "/pulumi stack history shop/prod --user nobody-at-all")
    assert none.title == "No such update · acme/shop/prod"


async def test_stacks_with_every_filter_and_sort(slack: Conversation) -> None:
    by_name = await slack.says("ann", "/pulumi stack ls acme --sort name")
    names = [line.removeprefix("• ").split("  ")[0] for line in by_name.text.splitlines()[1:]]
    assert names == sorted(names)
    shop = await slack.says("ann", "/pulumi stack ls acme --project shop --sort size")
    assert all(line.startswith("• shop/") for line in shop.text.splitlines()[1:])
    tagged = await slack.says("ann", "/pulumi stack ls acme --tag env=prod")
    assert "with tag env=prod" in tagged.title
    found = await slack.says("ann", "/pulumi stack ls acme --find ware")
    assert "data/warehouse" in found.text
