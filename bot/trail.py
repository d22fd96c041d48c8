"""The trail: what the bot did, for whom, on whose word. Pure: rows, their hashes, and whether a chain is whole."""
