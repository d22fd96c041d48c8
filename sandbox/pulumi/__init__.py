"""A fake of Pulumi Cloud's REST API, as strict as the real one: `create` gives a `PulumiCloud` to mount and to drive."""

import time
from collections.abc import Callable
from typing import Literal

from sandbox.pulumi.cloud import Idle, Locked, PulumiCloud, Unknown

__all__ = ["Idle", "Locked", "PulumiCloud", "Unknown", "create"]


def create(
    seed: int = 1,
    profile: Literal["seed", "current"] = "current",
    speed: float = 1.0,
    now: Callable[[], float] = time.time,
) -> PulumiCloud:
    """A cloud with the seeded organizations; the same seed and time give the same one."""
    return PulumiCloud(seed, profile, speed, now)
