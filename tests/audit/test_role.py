"""On PostgreSQL the application's own role does its work, and changes nothing that is kept."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import ProgrammingError

from gridgov.app import create_app
from gridgov.audit.export import export
from gridgov.audit.journal import journal
from gridgov.audit.role import RoleTooStrong, RoleUnknown, grant
from gridgov.audit.seal import seal
from gridgov.audit.verify import note, verify
from gridgov.cli.server import init
from gridgov.database import db, make_engine, transaction
from gridgov.escalation.sweep import sweep
from tests.support.desk import working
from tests.support.kept import KEPT
from tests.support.town import Town


@pytest.fixture
def role(town: Town) -> Iterator[URL]:
    """Create a role and grant it what `gridgov init` grants; give its address."""
    with town.app.app_context():
        owner: Engine = db.engine
    if owner.dialect.name != "postgresql":
        pytest.skip("SQLite knows no roles")
    name, password = f"app_{secrets.token_hex(4)}", secrets.token_hex(8)
    with owner.begin() as connection:
        connection.execute(sa.text(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'"))
    try:
        with town.app.app_context():
            for _ in range(2):
                done = CliRunner().invoke(init, ["--app-role", name])
                assert done.exit_code == 0, done.output
        yield owner.url.set(username=name, password=password)
    finally:
        with owner.begin() as connection:
            connection.execute(sa.text(f"DROP OWNED BY {name}"))
            connection.execute(sa.text(f"DROP ROLE {name}"))


def test_it_works_as_that_role(town: Town, role: URL, tmp_path: Path) -> None:
    app = create_app(
        environ={
            "GRIDGOV_DATABASE_URL": role.render_as_string(hide_password=False),
            "GRIDGOV_SECRET_KEY": "a secret of the tests",
            "GRIDGOV_FILES": str(tmp_path / "files"),
            "GRIDGOV_RATE_LIMITS": "off",
        }
    )
    theirs, settings = Town(app, app.test_client(), town.tokens), app.extensions["gridgov"].settings
    taken = theirs.report("resident", reporter={"name": "王", "phone": "13800000000"})
    for who, step, given in (
        ("leader", "file", {"category": "01001"}),
        ("leader", "dispatch", {"unit": "property"}),
        ("handler", "accept", {}),
        ("handler", "progress", {"text": "parts are ordered"}),
    ):
        answer = theirs.step(taken["number"], who, step, **given)
        assert answer.status_code == 200, answer.json
    with working(theirs) as desk:
        desk.stage("handling")  # long ago, so that it is late by now
    with app.app_context():
        engine = db.engine
        now = datetime.now(UTC)
        with transaction(engine) as session:
            journal(session, settings.keys, now, "sign_in", account=1)
        swept = sweep(engine, settings, now)
        assert swept.fired
        assert not swept.stuck
        assert seal(engine, settings.keys, now) > 5
        assert export(engine, tmp_path / "seals.jsonl", now) == (1, None)
        verdict = verify(engine, settings.keys, now, file=tmp_path / "seals.jsonl")
        assert verdict.sound, verdict.findings
        note(engine, verdict, now + timedelta(seconds=1))
        engine.dispose()


@pytest.mark.parametrize("table", KEPT)
def test_it_cannot_change_or_remove_what_is_kept(role: URL, table: str) -> None:
    engine = make_engine(role)
    try:
        for statement in (
            f"UPDATE {table} SET {'number' if table == 'seals' else 'mac'} = NULL",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TABLE {table} CASCADE",
            f"CREATE TABLE other_{table} (id int)",
        ):
            refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
            with refused, engine.begin() as connection:
                connection.execute(sa.text(statement))
    finally:
        engine.dispose()


def test_who_owns_the_tables_is_no_such_role(town: Town) -> None:
    with town.app.app_context():
        if db.engine.dialect.name != "postgresql":
            assert CliRunner().invoke(init, ["--app-role", "app"]).exit_code == 1
            return
        with db.engine.connect() as connection:
            with pytest.raises(RoleUnknown):
                grant(connection, "nobody_at_all")
            with pytest.raises(RoleTooStrong):
                grant(connection, str(db.engine.url.username))
