"""A production server does not start on a demonstration's database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.database import transaction
from gridgov.people.accounts import DemonstrationInProduction, add_token, refuse_demonstration
from gridgov.people.tables import Token
from gridgov.people.tokens import DEMONSTRATION
from tests.support.town import LONG_AGO, Town


def test_a_demonstrations_database_is_refused(town: Town, empty_engine: Engine) -> None:
    from gridgov.database import db

    refuse_demonstration(empty_engine)  # nothing is in it, not even a schema
    with town.app.app_context():
        refuse_demonstration(db.engine)
        with transaction() as session:
            add_token(session, "leader", DEMONSTRATION, LONG_AGO, None)
        with pytest.raises(DemonstrationInProduction):
            refuse_demonstration(db.engine)
        with transaction() as session:
            session.execute(sa.update(Token).values(revoked_at=LONG_AGO))
        refuse_demonstration(db.engine)
