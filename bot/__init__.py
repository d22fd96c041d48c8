"""Pulumi ChatOps: the Slack bot that platform teams run their Pulumi Cloud from."""
