"""Who and what the workspace holds at its start. Ids never change, so tests and pages may name them."""

from sandbox.slack.model import Channel, Command, Group, User

TEAM, TEAM_NAME, DOMAIN = "T0ACME0001", "Acme", "acme"
APP, BOT_ID = "A0PULUMI01", "B0PULUMI01"
ANN, BO, CY, DEE, GUS = "U0ANN00001", "U0BO000002", "U0CY000003", "U0DEE00004", "U0GUS00005"
TIM, BOT, SLACKBOT = "U0TIM00006", "U0PULUMI07", "USLACKBOT"
GENERAL, PLATFORM, SHOP_ALERTS, RANDOM = "C0GENERAL1", "C0PLATFRM2", "C0SHOPALR3", "C0RANDOM04"
SECURITY, OLD_PROJECT = "C0SECRITY5", "C0OLDPROJ6"
SRE, RETIRED = "S0SRE00001", "S0RETIRED2"

BOT_TOKEN = "xoxb-100000000001-200000000002-sandboxBotToken"  # noqa: S105 - a fake's own token
APP_TOKEN = "xapp-1-A0PULUMI01-300000000003-sandboxAppToken"  # noqa: S105 - a fake's own token
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - the example of Slack's own documentation
VERIFICATION_TOKEN = "sandboxVerification"  # noqa: S105 - deprecated at Slack, still in every payload

SCOPES = frozenset(
    {"app_mentions:read", "channels:read", "chat:write", "commands", "files:write", "groups:read", "im:history"}
    | {"links:read", "links:write", "usergroups:read", "users:read", "users:read.email"}
)
APP_SCOPES = frozenset({"connections:write"})

FULL_MEMBERS = (ANN, BO, CY, DEE)
PEOPLE = (*FULL_MEMBERS, GUS)


def users() -> list[User]:
    """Everybody, the bot and Slackbot included."""
    return [
        _person(ANN, "ann", "Ann Sato", "Platform engineer", admin=True),
        _person(BO, "bo", "Bo Lind", "Developer"),
        _person(CY, "cy", "Cy Okafor", "Team lead"),
        _person(DEE, "dee", "Dee Roth", "Security engineer"),
        _person(GUS, "gus", "Gus Weber", "Contractor", guest=True),
        _person(TIM, "tim", "Old Tim", "Developer", deleted=True),
        User(id=BOT, name="pulumi", real_name="Pulumi", bot=True),
        User(id=SLACKBOT, name="slackbot", real_name="Slackbot"),
    ]


def channels() -> list[Channel]:
    """Every conversation: the bot is in #platform and #shop-alerts, and in one DM with each active person."""
    everybody = set(FULL_MEMBERS)
    return [
        Channel(id=GENERAL, name="general", topic="Everybody", members=set(everybody)),
        Channel(id=PLATFORM, name="platform", topic="Infrastructure, with Pulumi", members={*everybody, BOT}),
        Channel(id=SHOP_ALERTS, name="shop-alerts", topic="What the shop does", members={*everybody, GUS, BOT}),
        Channel(id=RANDOM, name="random", topic="Anything else", members=set(everybody)),
        Channel(id=SECURITY, name="security", topic="Private", private=True, members={ANN, DEE}),
        Channel(id=OLD_PROJECT, name="old-project", topic="Finished", archived=True, members={ANN, BOT}),
        *(_direct(person) for person in PEOPLE),
    ]


def groups() -> list[Group]:
    """The user groups: one in use, one that nobody can mention any more."""
    return [
        Group(id=SRE, handle="sre", name="Site reliability", members=[BO, CY]),
        Group(id=RETIRED, handle="ops", name="Operations", members=[ANN, TIM], disabled=True),
    ]


def commands() -> list[Command]:
    """The slash commands that the app's manifest declares."""
    return [Command("/pulumi", "Ask Pulumi Cloud, or change it", "status | stack ls | help")]


def direct(person: str) -> str:
    """The id of a person's direct messages with the bot."""
    return "D" + person[1:]


def _person(user: str, name: str, real_name: str, title: str, **flags: bool) -> User:
    return User(id=user, name=name, real_name=real_name, title=title, email=f"{name}@acme.example", team="", **flags)


def _direct(person: str) -> Channel:
    return Channel(id=direct(person), name="", private=True, im_with=person, members={person, BOT})
