"""Helpers of the tests."""

from sqlalchemy.engine import Engine


def database_url(engine: Engine) -> str:
    """Return an engine's address with its password, as GRIDGOV_DATABASE_URL takes it."""
    return engine.url.render_as_string(hide_password=False)
