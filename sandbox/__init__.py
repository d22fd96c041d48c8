"""A Slack workspace and a Pulumi Cloud on loopback, for trying the bot and for testing it. See README.md beside this file."""
