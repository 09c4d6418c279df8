"""The migrations make what the models say."""

import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov import schema


def test_migrated_and_modelled_are_equal(engine: Engine) -> None:
    with engine.connect() as connection:
        command.check(schema.config(connection))


def test_one(session: Session) -> None:
    assert session.scalar(sa.text("select count(*) from epochs")) == 1


def test_two(fresh_engine: Engine) -> None:
    assert schema.is_current(fresh_engine)
