"""The services over their adapters, put together once: for the process by `bot.app`, for tests in their own loop."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import structlog
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.console import Console
from bot.operations import CATALOGUE, Draft
from bot.policy import Policy
from bot.ports import Clock, PulumiApi
from bot.records import Fence, Links
from bot.services.accounts import Accounts, Connect
from bot.services.alarm import Alarm
from bot.services.asking import Asking
from bot.services.auditing import Auditing, Auditors
from bot.services.can import Can
from bot.services.cards import display
from bot.services.channels import Channels
from bot.services.check import Check
from bot.services.chores import Chores
from bot.services.clerk import Clerk
from bot.services.credits import Credits
from bot.services.decisions import Decisions
from bot.services.deliveries import Deliveries
from bot.services.desk import Desk
from bot.services.docket import Docket
from bot.services.electorate import Electorate
from bot.services.execution import Execution
from bot.services.feed import Feed
from bot.services.follow import Follow
from bot.services.handling import Handling
from bot.services.herald import Herald
from bot.services.leader import Leader, Loop
from bot.services.looks import Looks
from bot.services.muting import Muting
from bot.services.previews import Previews
from bot.services.pulse import Pulse
from bot.services.resolve import Defaults, Resolver, Where
from bot.services.rooms import Rooms
from bot.services.sender import Sender
from bot.services.subscribing import Subscribing
from bot.services.subscription_cards import Told
from bot.services.targets import Targets
from bot.services.watching import Watching
from bot.settings import Settings
from bot.slack.channels import SlackChannels
from bot.slack.chat import SlackDirectory
from bot.slack.groups import SlackUserGroups
from bot.slack.posts import SlackChat
from bot.store.database import Database
from bot.store.hints import SqlHints
from bot.store.lease import lease_of
from bot.store.messages import SqlMessages
from bot.store.news import SqlNews
from bot.store.opening import Store
from bot.store.requests import SqlRequests
from bot.store.stacks import SqlStacks
from bot.store.subscriptions import SqlSubscriptions
from bot.store.trail import SqlTrail
from bot.store.watches import SqlWatches
from bot.timing import REAL, Timing
from bot.webhooks import Hint

log = structlog.get_logger()

Reach = Callable[[str], Awaitable[None]]


async def nothing(_: str) -> None:
    """Named points pass without a stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the services stand on. `slack` may repeat reads, `posting` repeats nothing; `connect` opens a person's API.

    `team` is the workspace that is served. `reach` is told every named point; `timing` holds every duration.
    """

    settings: Settings
    policy: Policy
    slack: AsyncWebClient
    posting: AsyncWebClient
    pulumi: PulumiApi
    connect: Connect
    store: Store
    team: str
    clock: Clock
    timing: Timing = REAL
    reach: Reach = nothing


def _links(database: Database, keys: Sequence[SecretStr], *, clock: Clock) -> Links:
    """Read only where there are keys: the cryptography behind it would only delay the start."""
    from bot.store.links import SqlLinks  # noqa: PLC0415

    return SqlLinks(database, keys, clock=clock)


class Services:
    """What handlers and the process use; each part is made when it is first asked for, once.

    Nothing runs by itself: `leader.run` does the work in the background.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._database = world.store.database
        self.console = Console.of(world.settings.pulumi_api_url, world.settings.pulumi_console_url)
        self._directory = SlackDirectory(world.slack)
        self._chat = SlackChat(world.posting)
        self._requests = SqlRequests(self._database, display)
        self._messages = SqlMessages(self._database)
        self._watches = SqlWatches(self._database)
        self._defaults = Defaults(world.store.settings)
        self._lease = lease_of(self._database, world.timing)
        self.subscriptions = SqlSubscriptions(self._database)

    def _pulse(self) -> Pulse:
        return Pulse(self.world.timing, alone=self._database.dialect == "sqlite")

    def _changed(self) -> None:
        """Something was stored: whoever continues it or shows it need not wait for the next scan."""
        self.clerk.wake()
        self.sender.wake()

    @cached_property
    def resolver(self) -> Resolver:
        """Finds what a line names."""
        world = self.world
        return Resolver(world.pulumi, self._defaults, self.console, clock=world.clock, orgs=world.settings.pulumi_orgs)

    @cached_property
    def accounts(self) -> Accounts:
        """Links; without a key nobody can link."""
        world, settings = self.world, self.world.settings
        keys = settings.encryption_keys
        return Accounts(
            _links(self._database, keys, clock=world.clock) if keys else None,
            world.pulumi,
            world.connect,
            clock=world.clock,
            act_as=settings.act_as,
            by_email=settings.link_by_email,
            orgs=self.resolver.orgs,
        )

    @cached_property
    def electorate(self) -> Electorate:
        """Who counts."""
        world = self.world
        return Electorate(self._directory, SlackUserGroups(world.slack), self.accounts, world.pulumi, world.team)

    @cached_property
    def execution(self) -> Execution:
        """Carries out one request."""
        world = self.world
        return Execution(
            self._requests,
            Check(self.electorate, self.accounts, world.policy),
            CATALOGUE.restore,
            clock=world.clock,
            timing=world.timing,
            reach=world.reach,
            changed=self._changed,
        )

    @cached_property
    def decisions(self) -> Decisions:
        """What people do to requests."""
        world = self.world
        return Decisions(
            requests=self._requests,
            messages=self._messages,
            electorate=self.electorate,
            chat=self._chat,
            clock=world.clock,
            timing=world.timing,
            changed=self._changed,
            reach=world.reach,
        )

    @cached_property
    def leader(self) -> Leader:
        """Runs the loops while this process leads."""
        return Leader(
            self._lease,
            (self._clerking, self._sending, self._following_live, self._feeding, self._previewing, *self._mailing),
            self.world.timing,
            self.world.reach,
        )

    async def _clerking(self, fence: Fence) -> None:
        await self.clerk.run(fence)

    async def _sending(self, fence: Fence) -> None:
        await self.sender.run(fence)

    @cached_property
    def clerk(self) -> Clerk:
        """Sees to what is due."""
        world = self.world
        return Clerk(
            self._requests,
            self.execution,
            clock=world.clock,
            timing=world.timing,
            guard=self.leader.guard,
            pulse=self._pulse(),
        )

    @cached_property
    def sender(self) -> Sender:
        """Makes Slack show what is wanted."""
        world = self.world
        return Sender(
            self._messages,
            self._chat,
            clock=world.clock,
            timing=world.timing,
            guard=self.leader.guard,
            reach=world.reach,
            pulse=self._pulse(),
            buried=self.alarm.buried,
        )

    @cached_property
    def _book(self) -> SlackChannels:
        return SlackChannels(self.world.slack)

    @cached_property
    def _channels(self) -> Channels:
        return Channels(self._book)

    @cached_property
    def follow(self) -> Follow:
        """Follows running updates."""
        world = self.world
        return Follow(
            self._watches,
            world.pulumi.fresh,
            self.sender,
            self.console,
            clock=world.clock,
            timing=world.timing,
            reach=world.reach,
            ended=self.feed.hint,
            pulse=self._pulse(),
        )

    async def _following_live(self, fence: Fence) -> None:
        await self.follow.run(fence)

    def _followed(self) -> None:
        """Somebody follows something: it need not wait for the next scan."""
        self.follow.wake()
        self.sender.wake()

    @cached_property
    def rooms(self) -> Rooms:
        """Channels that the bot comes into and goes out of."""
        world = self.world
        return Rooms(
            self.subscriptions,
            self._messages,
            command=world.settings.slash_command,
            changed=self._changed,
        )

    @cached_property
    def _watching(self) -> Watching:
        world = self.world
        return Watching(
            self._watches,
            self.resolver,
            self.accounts,
            self._book,
            self.console,
            clock=world.clock,
            changed=self._followed,
        )

    @cached_property
    def asking(self) -> Asking:
        """Turns orders into requests."""
        world = self.world
        return Asking(
            requests=self._requests,
            policy=world.policy,
            electorate=self.electorate,
            accounts=self.accounts,
            channels=self._channels,
            clock=world.clock,
            timing=world.timing,
            console=self.console,
            changed=self._changed,
            reach=world.reach,
        )

    @cached_property
    def _auditors(self) -> Auditors:
        return Auditors(self._directory, self.electorate, self.world.policy.auditors)

    @cached_property
    def _auditing(self) -> Auditing:
        return Auditing(SqlTrail(self._database), self._auditors, clock=self.world.clock)

    @cached_property
    def _can(self) -> Can:
        return Can(
            policy=self.world.policy,
            electorate=self.electorate,
            directory=self._directory,
            resolver=self.resolver,
            accounts=self.accounts,
            auditor=self._auditors,
        )

    @cached_property
    def news(self) -> SqlNews:
        """Incidents, and what is told."""
        return SqlNews(self._database)

    @cached_property
    def handling(self) -> Handling:
        """What people press under a failure."""
        clock, changed = self.world.clock, self._changed
        return Handling(self.news, self.accounts, clock=clock, changed=changed)

    @cached_property
    def herald(self) -> Herald:
        """Tells channels what happened to a stack."""
        world = self.world
        by_email, groups = world.settings.link_by_email, SlackUserGroups(world.slack)
        return Herald(
            news=self.news,
            subscriptions=self.subscriptions,
            pulumi=world.pulumi.fresh,
            credits_=Credits(self.accounts, self._directory, groups, by_email=by_email),
            channels=SlackChannels(world.slack),
            console=self.console,
            clock=world.clock,
            changed=self._changed,
        )

    @cached_property
    def _looks(self) -> Looks:
        world = self.world
        return Looks(world.pulumi.fresh, SqlStacks(self._database), self.herald, clock=world.clock, reach=world.reach)

    @cached_property
    def feed(self) -> Feed:
        """Finds out what happens at Pulumi."""
        world = self.world
        return Feed(
            world.pulumi.fresh,
            self.resolver.orgs,
            self._looks,
            timing=world.timing,
            reach=world.reach,
            alarm=self.alarm.begins,
            calm=self.alarm.ends,
        )

    @cached_property
    def alarm(self) -> Alarm:
        """Tells whoever runs the bot what somebody has to see to."""
        world = self.world
        return Alarm(
            world.settings.ops_channel,
            SlackChannels(world.slack),
            self._messages,
            world.store.settings,
            clock=world.clock,
            changed=self._changed,
            closed=self.rooms.closed,
        )

    async def _feeding(self, fence: Fence) -> None:
        await self.feed.run(fence)

    @cached_property
    def previews(self) -> Previews:
        """Looks for previews."""
        world = self.world
        return Previews(
            world.pulumi.fresh, self._looks, self.subscriptions, self.herald, clock=world.clock, timing=world.timing
        )

    async def _previewing(self, fence: Fence) -> None:
        await self.previews.run(fence)

    def hear(self, hint: Hint) -> None:
        """Something may be new at Pulumi."""
        if hint.preview and hint.stack:
            self.previews.hint(hint.stack)
        else:
            self.feed.hint(hint)

    @cached_property
    def deliveries(self) -> Deliveries | None:
        """What Pulumi's webhooks bring; None where there is no secret."""
        world, secret = self.world, self.world.settings.pulumi_webhook_secret
        if secret is None:
            return None
        return Deliveries(
            secret.get_secret_value(),
            self.console,
            self.resolver.orgs,
            SqlHints(self._database),
            hear=self.hear,
            leads=self._leads,
            timing=world.timing,
        )

    def _leads(self) -> bool:
        return self.leader.guard()

    @property
    def _mailing(self) -> tuple[Loop, ...]:
        """Where there can be replicas, they hear of things, too."""
        return (self.deliveries.run,) if self.deliveries and self._database.dialect == "postgresql" else ()

    @property
    def _following(self) -> Mapping[str, Callable[[Draft, Where], Awaitable[Told]]]:
        """The commands that say what is told where."""
        world, rows = self.world, self.subscriptions
        targets = Targets(self._defaults, self.resolver, self.accounts, self._channels)
        subscribing = Subscribing(rows, targets, clock=world.clock, command=world.settings.slash_command)
        muting = Muting(rows, targets, clock=world.clock)
        return {**subscribing.commands, **muting.commands, **self._watching.commands}

    @cached_property
    def desk(self) -> Desk:
        """Answers command lines."""
        world = self.world
        chores = Chores(
            pulumi=world.pulumi,
            directory=self._directory,
            defaults=self._defaults,
            resolver=self.resolver,
            accounts=self.accounts,
            command=world.settings.slash_command,
            others={
                **Docket(self.decisions).commands,
                **self._auditing.commands,
                **self._can.commands,
                **self._following,
            },
        )
        return Desk(
            directory=self._directory,
            resolver=self.resolver,
            chores=chores,
            accounts=self.accounts,
            asking=self.asking,
            auditor=self._auditors,
            clock=world.clock,
            console=self.console,
            team=world.team,
            command=world.settings.slash_command,
            catalogue=CATALOGUE,
        )
