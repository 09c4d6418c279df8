"""The command line on a database, run as `gridgov …` would be."""

from __future__ import annotations

from collections.abc import Callable

from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from gridgov.cli import main
from tests.support import database_url

Run = Callable[..., Result]


def command_on(engine: Engine) -> Run:
    """Return what runs a command; one that falls, rather than refuses, fails the test."""
    env = {
        "GRIDGOV_DATABASE_URL": database_url(engine),
        "GRIDGOV_SECRET_KEY": "only-for-these-tests-0123456789",
        "LANG": "C",
    }

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(main, [str(one) for one in arguments], env=env)
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        return result

    return run
