"""Databases of both kinds, as the store's own tests have them."""

import functools
from collections.abc import Iterator

import httpx
import pytest

from tests.store.conftest import migrated_file, postgres, postgres_url, sqlite_url, template, url

__all__ = ["migrated_file", "postgres", "postgres_url", "sqlite_url", "template", "url"]


@pytest.fixture(autouse=True, scope="session")
def _one_context() -> Iterator[None]:
    """Bots come and go by the hundred, and reading the world's certificates takes longer than all else they do."""
    with pytest.MonkeyPatch.context() as patch:
        made = functools.cache(httpx.create_ssl_context)
        patch.setattr("httpx._transports.default.create_ssl_context", made)
        yield
