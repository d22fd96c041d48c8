"""Databases of both kinds, as the store's own tests have them."""

from tests.store.conftest import migrated_file, postgres, postgres_url, sqlite_url, template, url

__all__ = ["migrated_file", "postgres", "postgres_url", "sqlite_url", "template", "url"]
