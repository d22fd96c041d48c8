"""Pulumi Cloud's REST API behind `bot.ports.PulumiApi`. Nothing outside this package knows HTTP or JSON of Pulumi's."""

from bot.pulumi.cache import CachedPulumi
from bot.pulumi.client import PulumiClient
from bot.pulumi.exchange import Timeouts
from bot.pulumi.memory import Memory

__all__ = ["CachedPulumi", "Memory", "PulumiClient", "Timeouts"]
