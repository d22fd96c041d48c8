"""What is in the organizations, and what has happened there. Data only.

Times are in hours before the world began. A story is the end of a stack's history, oldest first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.pulumi.scene import PLAIN, Twist


@dataclass(frozen=True, slots=True)
class Told:
    """One update or preview of a story."""

    scenario: str
    hours: float
    author: str = "ci-bot"
    message: str = ""
    twist: Twist = PLAIN
    chained: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """How a stack's history ends: so many updates in all, the told ones last; and the previews since."""

    updates: int = 0
    told: tuple[Told, ...] = ()
    previews: tuple[Told, ...] = ()
    size: int | None = None


# In the order of their creation, which is the order of the list.
STACKS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "acme": {
        "shop": ("prod", "staging", "dev", "prod-eu", "load-test", "pr-1412"),
        "payments": ("prod", "staging", "dev", "prod-eu", "sandbox"),
        "data": ("warehouse", "prod", "staging", "dev", "lake", "reports"),
        "network": ("prod", "staging", "dev", "prod-eu"),
        "identity": ("prod", "staging", "dev", "prod-eu"),
        "vault": tuple(f"tenant-{number:02}" for number in range(1, 26)),
        "web": ("prod", "staging", "dev", "preview", "docs", "prod-eu"),
        "edge": ("prod", "prod-eu", "prod-us", "staging"),
        "platform": ("prod", "staging", "dev", "drift", "runners", "observability", "prod-eu"),
        "mobile-api": ("prod", "staging", "dev"),
        "search": ("prod", "staging", "dev"),
        "notifications": ("prod", "staging", "dev"),
        "ml": ("train", "serve", "dev"),
        "ann-sandbox": ("scratch", "try"),
        "legacy": ("prod",),
    },
    "newco": {"app": ("prod", "staging"), "infra": ("prod", "dev")},
}
HIDDEN = "vault"
FORBIDDEN = "acme/legacy/prod"

TEAMS: Mapping[str, tuple[str, str]] = {
    "shop": ("commerce", "bo"),
    "payments": ("commerce", "cy"),
    "data": ("data", "eli"),
    "network": ("platform", "ann"),
    "identity": ("security", "dee"),
    "web": ("web", "fay"),
    "edge": ("web", "hana"),
    "platform": ("platform", "ann"),
    "mobile-api": ("commerce", "bo"),
    "search": ("data", "hana"),
    "notifications": ("commerce", "fay"),
    "ml": ("data", "eli"),
}

# Whom to tell, in Slack's names: channels, people and groups of the workspace beside; one channel that is not there.
ROUTES: Mapping[str, Mapping[str, str]] = {
    "acme/payments/prod": {"slack:channel": "#shop-alerts", "slack:oncall": "@sre"},
    "acme/network/prod": {"slack:channel": "C0PLATFRM2"},
    "acme/web/prod": {"slack:channel": "#platform", "slack:oncall": "@sre U0BO000002"},
    "acme/edge/prod": {"slack:channel": "#on-fire", "slack:owner": "U0DEE00004"},
    "acme/mobile-api/prod": {"slack:channel": "#shop-alerts", "slack:owner": "U0BO000002", "slack:oncall": "@sre"},
}

_ORDERS = "Retry the orders database with its own subnets (#1407)\n\nThe first try took the default ones."

STORIES: Mapping[str, Story] = {
    "acme/shop/prod": Story(
        96,
        (
            Told("mixed-change", 27, "ci-bot", "Ship storefront 1.41.0 (#1398)"),
            Told("failing-resource", 2.2, "bo", "Add the orders database (#1402)", Twist(created=2, same=12)),
            Told("failing-resource", 0.35, "bo", _ORDERS, Twist(created=3, same=12), chained=True),
        ),
        size=37,
    ),
    "acme/shop/staging": Story(58, (Told("mixed-change", 1.5, "ci-bot", "Ship storefront 1.42.0-rc.3"),)),
    "acme/payments/prod": Story(
        64,
        (
            Told("mixed-change", 50, "ci-bot", "Rotate the signing key of the settlement queue"),
            Told("policy-violation", 3.1, "cy", "Move the ledger to its own instance <db.r6g> & resize"),
        ),
    ),
    "acme/identity/prod": Story(41, (Told("program-error", 5.4, "dee", "Read issuers from config"),)),
    "acme/data/warehouse": Story(
        12,
        (
            Told("mixed-change", 80, "eli", "Compact the event tables every night"),
            Told(
                "big",
                0.1,
                "ci-bot",
                "Import the events of 2019\u20132025 (2,000 tables)",
                Twist(seconds=2400),
                chained=True,
            ),
        ),
    ),
    "acme/network/prod": Story(
        71,
        (
            Told("mixed-change", 90, "ann", "Open port 8443 to the partners' range"),
            Told("cancelled", 30, "ann", "Try the new transit gateway", Twist(status="failed")),
            Told("cancelled", 6.5, "ann", "Try the new transit gateway, again", Twist(word="canceled")),
        ),
    ),
    "acme/edge/prod-eu": Story(23, (Told("destroy", 20, "hana", "Tear down the old region \U0001f9f9", chained=True),)),
    "acme/platform/drift": Story(17, (Told("refresh-drift", 4.2, "ci-bot", "Nightly refresh", chained=True),)),
    "acme/platform/runners": Story(34, (Told("interrupted", 26, "ann", "Bigger runners"),)),
    "acme/platform/prod": Story(130, (Told("replacement", 12, "ann", "Rotate the cluster key"),)),
    "acme/ann-sandbox/scratch": Story(0),
    "acme/ann-sandbox/try": Story(
        0, previews=(Told("preview", 71, "ann", "first try, please ignore"), Told("preview", 70, "ann", "second try"))
    ),
    "acme/web/prod": Story(
        47,
        (Told("mixed-change", 22, "ci-bot", "Publish the autumn pages"),),
        (
            Told("preview", 20, "fay", "Preview of #1421: winter pages"),
            Told("preview", 11, "fay", "Preview of #1421: winter pages, smaller images"),
            Told("preview", 9, "hana", "Preview of #1425: `apiVersion` from config", Twist(failing=True)),
            Told("preview", 2.5, "fay", "Preview of #1421: with memory limits <!channel>", Twist(cause="policy")),
            Told("preview", 0.8, "fay", "Preview of #1421: ready to merge"),
        ),
    ),
    "acme/legacy/prod": Story(5),
    "newco/app/prod": Story(9),
}

# The first lines of other people's commits, as they are.
MESSAGES: tuple[str, ...] = (
    "Ship {project} 1.{number}.0",
    "Bump @pulumi/aws from 6.65.0 to 6.66.2 (#{number})",
    "Raise the desired count to 4 while the sale is on",
    "Fix the health check's path",
    "Keep logs for 90 days & not 30",
    "Alarm when p99 > 800ms && errors < 1%",
    'Revert "Use <spot> instances for {project}" (#{number})\n\nThis reverts 5d2c1e7.\n\nThey went away.',
    "Use `db.t4g.medium` everywhere",
    "chore(deps): update terraform-provider-aws monorepo to v5.{number}",
    "Größere Warteschlange für den Schlussverkauf",
    "日本語のページを追加",
    "🚀 go live",
    "Hotfix: do not page <!channel> from the canary",
    "Hide *beta* banner, _again_, for ~now~",
    "Merge pull request #{number} from acme/{project}-tags\n\nTag everything with its owner",
    "wip",
    "",
    "Rotate credentials & restart",
    "Add <@U123> as owner; see https://wiki.acme.example/{project}?a=1&b=2|here",
    "Move the certificate to ACM, validate by DNS, and write the longest first line ever, since nobody told me "  # noqa: ISC004 - one
    "that seventy-two characters are enough for everything there is to say about certificates",
)  # fmt: skip
# How often each scenario comes in a history that nobody told.
USUAL: Mapping[str, int] = {
    "mixed-change": 70,
    "replacement": 9,
    "failing-resource": 6,
    "program-error": 4,
    "refresh-drift": 5,
    "cancelled": 2,
    "interrupted": 1,
    "policy-violation": 3,
}
