"""The tables. Migrations make them; a test compares the two."""

from sqlalchemy import Column, MetaData, Named, String, Table, Text, TypedColumns

metadata = MetaData()

NEWEST = "0001"  # the newest revision in migrations/, which a test compares


class SettingColumns(TypedColumns):
    """`scope` is a Slack channel or user id; `name` is what is set there."""

    scope: Named[str] = Column(String(40), primary_key=True)
    name: Named[str] = Column(String(40), primary_key=True)
    value: Named[str] = Column(Text, nullable=False)


setting = Table("setting", metadata, SettingColumns)
