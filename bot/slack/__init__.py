"""The Slack side: one renderer, one client, one directory."""
