"""What the bot does: resolving, answering, remembering."""
