"""Block Kit's rules (being written)."""

from sandbox.slack.model import Json


def problems(blocks: list[Json], surface: str = "message") -> list[str]:
    """What Slack would say of these blocks."""
    del blocks, surface
    return []
