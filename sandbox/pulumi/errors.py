"""Why something cannot be played."""


class Unknown(Exception):
    """There is no such stack or scenario."""


class Locked(Exception):
    """An update runs on the stack already."""


class Idle(Exception):
    """Nothing runs on the stack."""
