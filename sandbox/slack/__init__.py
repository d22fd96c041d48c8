"""A fake Slack workspace, at least as strict as the real one."""

from sandbox.slack.workspace import SlackWorkspace, create

__all__ = ["SlackWorkspace", "create"]
