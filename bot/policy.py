"""Who has to approve what: a policy file, or the built-in default. Pure; a call no rule fits is decided by class."""
