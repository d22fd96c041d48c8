"""What Slack sends, as values; dicts stop here. Unknown fields are ignored, ids are all that is decided on."""

from typing import Self

from pydantic import BaseModel

from bot.services.desk import Where


class SlashCommand(BaseModel):
    """A slash command (https://docs.slack.dev/interactivity/implementing-slash-commands/)."""

    command: str
    text: str = ""
    user_id: str
    team_id: str
    channel_id: str
    response_url: str

    @property
    def where(self) -> Where:
        """Who asks, and where."""
        return Where(user=self.user_id, team=self.team_id, channel=self.channel_id)


class _User(BaseModel):
    id: str
    team_id: str = ""


class _Container(BaseModel):
    channel_id: str = ""
    is_ephemeral: bool = False


class _Action(BaseModel):
    action_id: str
    value: str = ""


class Click(BaseModel):
    """A press (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload/)."""

    user: _User
    container: _Container
    actions: list[_Action]
    response_url: str = ""

    @property
    def where(self) -> Where:
        """Who clicked, and where. The user's own team counts: in a shared channel it may be another workspace."""
        return Where(user=self.user.id, team=self.user.team_id, channel=self.container.channel_id)

    @property
    def verb(self) -> str:
        """`run` of `run:2`: what the button does. Its place only keeps action ids apart."""
        return self.actions[0].action_id.partition(":")[0]

    @property
    def value(self) -> str:
        """What the button carries: a command line."""
        return self.actions[0].value

    @classmethod
    def read(cls, body: object) -> Self:
        """Raises pydantic's ValidationError for a payload that is not a click."""
        return cls.model_validate(body)
