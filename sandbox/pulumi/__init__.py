"""A fake of Pulumi Cloud's REST API, as strict as the real one: `create` gives the cloud to mount and to drive."""

import time
from collections.abc import Callable

from sandbox.pulumi.cloud import PulumiCloud
from sandbox.pulumi.errors import Idle, Locked, Unknown
from sandbox.pulumi.scene import Twist

__all__ = ["Idle", "Locked", "PulumiCloud", "Twist", "Unknown", "create"]


def create(
    seed: int = 1,
    profile: str = "current",
    speed: float = 1.0,
    now: Callable[[], float] = time.time,
) -> PulumiCloud:
    """A cloud with the seeded organizations; the same seed and time give the same one.

    `profile` is `seed` (the first public page of the API) or `current`; ValueError for anything else.
    """
    match profile:
        case "seed" | "current":
            return PulumiCloud(seed, profile, speed, now)
        case _:
            raise ValueError(f"no such profile: {profile}")
