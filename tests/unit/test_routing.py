"""What a stack's tags say about who is told."""

import pytest

from bot.routing import Routing, is_user, routed


@pytest.mark.parametrize(
    ("said", "channel"),
    [
        ("#shop-alerts", "#shop-alerts"),
        ("shop-alerts", "#shop-alerts"),
        ("Shop-Alerts", "#shop-alerts"),
        ("C0SHOPALR3", "C0SHOPALR3"),
        ("<#C0SHOPALR3|shop-alerts>", "C0SHOPALR3"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_channel_is_a_name_or_an_id(said: str, channel: str) -> None:
    assert routed({"slack:channel": said}) == Routing(channel=channel)


def test_people_and_groups_are_named_once() -> None:
    tags = {"slack:owner": "U0ANN00001, @sre;<!subteam^S0SRE00001|@sre>", "slack:oncall": "<@U0BO000002> U0BO000002"}
    found = routed(tags)
    assert found == Routing(owner=("U0ANN00001", "@sre", "S0SRE00001"), oncall=("U0BO000002",))
    assert [is_user(who) for who in found.owner] == [True, False, False]


def test_what_names_nobody_is_reported() -> None:
    found = routed({"slack:channel": "#two words", "slack:owner": "ann @sre", "slack:oncall": "U0BO000002"})
    assert found == Routing(owner=("@sre",), oncall=("U0BO000002",), unread=("slack:channel", "slack:owner"))


def test_other_tags_route_nothing() -> None:
    assert routed({"owner": "U0ANN00001", "slack": "#x"}) == Routing()
