"""Lines that name the bot, and its direct messages: the same commands, answered in the thread for all to see."""

from cachetools import TTLCache
from slack_bolt.kwargs_injection.async_args import AsyncArgs
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Refusal
from bot.slack.chat import ThreadVoice
from handlers.answers import Answers, Reply
from handlers.errors import worded
from handlers.payloads import Mention

_REMEMBERED = 900  # seconds; Slack delivers an event again for about six minutes


class Mentions:
    """The listener of `app_mention` and `message`. Slack may deliver an event more than once; it is answered once."""

    def __init__(self, answers: Answers, client: AsyncWebClient) -> None:
        self._answers = answers
        self._client = client
        self._had: TTLCache[str, bool] = TTLCache(10_000, _REMEMBERED)

    async def received(self, args: AsyncArgs) -> None:
        """Answer a person's line once; everything else is none of the bot's business."""
        mention = Mention.model_validate(args.body)
        if not mention.meant or mention.event_id in self._had:
            return
        self._had[mention.event_id] = True
        self._answer(mention)

    def _answer(self, mention: Mention) -> None:
        where, desk, said = mention.where, self._answers.desk, mention.event
        voice = ThreadVoice(
            client=self._client,
            channel=where.channel,
            user=where.user,
            ts=said.ts,
            thread=said.thread_ts or None,
            direct=mention.direct,
        )
        reply = Reply(voice, share=True, quote=False)
        try:
            desk.admit(where)
            draft = desk.parse(mention.line)
        except Refusal as refusal:
            self._answers.later(worded(refusal, desk.console), reply)
            return
        self._answers.start(draft, where, reply)
