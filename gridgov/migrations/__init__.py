"""Alembic's files; `gridgov.schema` runs them."""
