"""A Slack workspace and a Pulumi Cloud on loopback, for trying the bot and for testing it (see README.md)."""
