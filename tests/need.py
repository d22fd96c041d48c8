"""What a test cannot do without."""

import os
from typing import NoReturn

import pytest


def need(what: str) -> NoReturn:
    """Skip the test, or fail it where CI=true: CI skips nothing silently."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {what}")
