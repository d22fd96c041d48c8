"""Two replicas on PostgreSQL: a webhook that reaches the one that does not lead is heard by the one that does."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.model import StackRef
from tests.feed.watched import QUICK, Counted, Time, until
from tests.store.conftest import postgres, postgres_url, template
from tests.town import bot, ground
from tests.unit.test_webhooks import UPDATE

__all__ = ["postgres", "postgres_url", "template"]

SLOW = replace(QUICK, feed=600.0, feed_quiet=600.0)
DEV = StackRef("acme", "shop", "dev")


@pytest.mark.postgres
async def test_a_hint_finds_the_leader(tmp_path: Path, postgres_url: str) -> None:
    now, counted, stop = Time(), Counted(), asyncio.Event()
    env = {"pulumi_webhook_secret": "whsec", "database_url": postgres_url}
    async with (
        ground(now=now, weather=counted.note) as at,
        bot(at, tmp_path, now=now, timing=SLOW, env=env) as one,
        bot(at, tmp_path, now=now, timing=SLOW, env=env) as two,
    ):
        leading = asyncio.create_task(one.services.leader.run(stop))
        await until(lambda: DEV in one.services._looks.known and not one.services.feed._hands)
        reads, follower = counted.reads[str(DEV)], two.services.deliveries
        assert follower
        body = json.dumps({**UPDATE, "stackName": "dev", "updateUrl": ""}).encode()
        await follower.take({"pulumi-webhook-id": "d-1", "pulumi-webhook-kind": "stack_update"}, body)
        await until(lambda: counted.reads[str(DEV)] == reads + 1)
        stop.set()
        await leading
