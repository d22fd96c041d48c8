"""Commands that are known by name, so that help and suggestions are whole, and that say what they come with."""

from bot.operations.base import Planned

PLANNED: tuple[Planned, ...] = ()
