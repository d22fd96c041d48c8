"""What Slack sends, as values; dicts stop here. Unknown fields are ignored, ids are all that is decided on."""

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.services.desk import Where


class SlashCommand(BaseModel):
    """A slash command (https://docs.slack.dev/interactivity/implementing-slash-commands/)."""

    command: str
    text: str = ""
    user_id: str
    team_id: str
    channel_id: str
    response_url: str
    trigger_id: str = ""

    @property
    def where(self) -> Where:
        """Who asks, and where."""
        return Where(user=self.user_id, team=self.team_id, channel=self.channel_id, source=self.trigger_id)


class _User(BaseModel):
    id: str
    team_id: str = ""


class _Container(BaseModel):
    channel_id: str = ""
    message_ts: str = ""
    thread_ts: str = ""
    is_ephemeral: bool = False


class _Action(BaseModel):
    action_id: str
    value: str = ""
    action_ts: str = ""


class _Said(BaseModel):
    type: str
    subtype: str = ""
    channel_type: str = ""
    channel: str = ""
    user: str = ""
    bot_id: str = ""
    text: str = ""
    ts: str = ""
    thread_ts: str = ""


class Mention(BaseModel):
    """A line that names the bot, or one in its direct messages (https://docs.slack.dev/reference/events/app_mention/)."""

    event: _Said
    event_id: str
    team_id: str

    @property
    def where(self) -> Where:
        """Who said it, and where. The directory knows whether the person belongs to the workspace."""
        said = self.event
        return Where(
            user=said.user, team=self.team_id, channel=said.channel, thread=said.thread_ts, source=self.event_id
        )

    @property
    def direct(self) -> bool:
        """Whether it was said in the bot's direct messages."""
        return self.event.channel_type == "im"

    @property
    def meant(self) -> bool:
        """Whether a person said it to the bot: no edit, no bot, and in a channel only by name."""
        said = self.event
        return bool(said.user and not said.subtype and not said.bot_id and (self.direct or said.type == "app_mention"))

    @property
    def line(self) -> str:
        """The command line: what was said without the bot's name."""
        return re.sub(r"^\s*<@[A-Z0-9]+(\|[^>]*)?>", "", self.event.text)


class Click(BaseModel):
    """A press (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload/)."""

    user: _User
    container: _Container
    actions: list[_Action]
    response_url: str = ""
    trigger_id: str = ""

    @property
    def where(self) -> Where:
        """Who clicked, and where. The user's own team counts: in a shared channel it may be another workspace."""
        place = self.container
        return Where(
            user=self.user.id,
            team=self.user.team_id,
            channel=place.channel_id,
            thread=place.thread_ts,
            source=self.trigger_id,
        )

    @property
    def verb(self) -> str:
        """`run` of `run:2`: what the button does. Its place only keeps action ids apart."""
        return self.actions[0].action_id.partition(":")[0]

    @property
    def value(self) -> str:
        """What the button carries: a command line, or the id of what it is about."""
        return self.actions[0].value

    @classmethod
    def read(cls, body: object) -> Self:
        """Raises pydantic's ValidationError for a payload that is not a click."""
        return cls.model_validate(body)


class _Option(BaseModel):
    value: str


class _Typed(BaseModel):
    value: SecretStr | None = None
    selected_option: _Option | None = None
    selected_options: list[_Option] = []

    @property
    def said(self) -> SecretStr:
        """What was typed, chosen or ticked, "" for nothing."""
        chosen = self.selected_option or next(iter(self.selected_options), None)
        return self.value or SecretStr(chosen.value if chosen else "")


class _State(BaseModel):
    values: dict[str, dict[str, _Typed]] = {}


class _View(BaseModel):
    id: str
    callback_id: str
    private_metadata: str = ""
    hash: str = ""
    state: _State = Field(default=_State(), repr=False)


class Submission(BaseModel):
    """A modal that was submitted or closed (https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload/).

    What was typed may be a secret: it is in no repr and in no error.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    user: _User
    view: _View
    trigger_id: str = ""

    @property
    def callback(self) -> str:
        """Whose modal it is."""
        return self.view.callback_id.partition(":")[0]

    @property
    def metadata(self) -> str:
        """What the form was built with."""
        return self.view.private_metadata

    def secret(self, name: str) -> SecretStr:
        """What was typed into the field of that name, or chosen there, "" for nothing."""
        typed = self.view.state.values.get(name, {}).get(name)
        return typed.said if typed else SecretStr("")

    def text(self, name: str) -> str:
        """The same in plain, where it is no secret."""
        return self.secret(name).get_secret_value().strip()

    def where(self, channel: str) -> Where:
        """Who submitted it, as asking in that channel: modals are in none."""
        return Where(user=self.user.id, team=self.user.team_id, channel=channel, source=f"view {self.view.id}")
