"""The database: settings of channels and people, so far."""
