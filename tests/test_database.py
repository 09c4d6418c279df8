"""The ground holds on both databases: what goes in comes out, and a transaction is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from math import nextafter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from gridgov.database import (
    DatabaseBusy,
    DatabaseWrong,
    LonLat,
    Model,
    address,
    dialect_of,
    make_engine,
    prepare,
    transaction,
    within_box,
)
from gridgov.epochs import stamps
from gridgov.keys import token_hash
from gridgov.notices.tables import Notice
from gridgov.park.tables import Area
from gridgov.people.tables import Account, Firm, Token, Unit

AT = datetime(2026, 11, 22, 8, 30, 15, 123456, tzinfo=UTC)
DEGREES = st.floats(-180, 180, allow_nan=False), st.floats(-90, 90, allow_nan=False)
same_session = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def put(session: Session, *rows: Model) -> None:
    session.add_all(rows)
    session.flush()
    session.expire_all()


def firm(code: str, point: LonLat | None) -> Firm:
    return Firm(code=code, name="企业", point=point)


@same_session
@given(st.builds(LonLat, *DEGREES))
def test_a_point_keeps_every_bit(session: Session, point: LonLat) -> None:
    put(session, firm(code := token_hash(repr(point))[:32], point))
    assert session.get_one(Firm, code).point == point
    session.delete(session.get_one(Firm, code))
    session.flush()


def test_a_point_may_be_missing_and_knows_its_datum(session: Session) -> None:
    put(session, firm("none", None), firm("some", LonLat(121.49, 29.88)))
    assert session.get_one(Firm, "none").point is None
    assert session.scalars(sa.select(sa.func.ST_SRID(Firm.point))).all().count(4490) == 1


def test_a_box_has_its_edges_in_to_the_last_bit(session: Session) -> None:
    west, south, east, north = box = (121.4900000001, 29.8800000001, 121.4912345679, 29.8812345679)
    inside = {
        "sw": LonLat(west, south),
        "ne": LonLat(east, north),
        "mid": LonLat(121.491, 29.881),
    }
    outside = {
        "w": LonLat(nextafter(west, -180), south),
        "s": LonLat(west, nextafter(south, -90)),
        "e": LonLat(nextafter(east, 180), north),
        "n": LonLat(east, nextafter(north, 90)),
    }
    put(session, firm("none", None), *(firm(*item) for item in (inside | outside).items()))
    key = Firm.code if session.get_bind().dialect.name == "postgresql" else sa.column("rowid")
    found = session.scalars(
        sa.select(Firm.code).where(within_box(dialect_of(session), Firm.point, key, box))
    )
    assert set(found) == set(inside)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5))])
def test_an_instant_keeps_its_microseconds(session: Session, zone: timezone) -> None:
    put(session, Account(login="a", active=True, created_at=AT.astimezone(zone)))
    (kept,) = session.scalars(sa.select(Account.created_at)).all()
    assert kept == AT
    assert kept.tzinfo is UTC
    wanted = Account.created_at == AT.astimezone(zone)
    assert session.scalar(sa.select(sa.func.count()).where(wanted)) == 1


def test_a_naive_instant_is_refused(session: Session) -> None:
    session.add(Account(login="a", active=True, created_at=AT.replace(tzinfo=None)))
    with pytest.raises(StatementError, match="naive"):
        session.flush()


@pytest.mark.parametrize(
    "value", [[], ["中文", "a\\b", "\U0001f600"], [{"键": [1, 0.1, None, True]}], ["x" * 10_000]]
)
def test_json_comes_back(session: Session, value: list[Any]) -> None:
    given_too = {"kind": "unit", "fallback": False, "active": True}
    put(session, Unit(code="u", name="单位", areas=value, categories=[], **given_too))
    assert session.get_one(Unit, "u").areas == value


def test_a_foreign_key_holds(session: Session) -> None:
    session.add(Token(account_id=999, hash="h", label="", created_at=AT))
    with pytest.raises(DBAPIError):
        session.flush()


def test_all_of_a_transaction_or_nothing(fresh_engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), transaction(fresh_engine) as session:
        put(session, Area(code="1", name="一"))
        raise ZeroDivisionError
    with transaction(fresh_engine) as session:
        put(session, Area(code="2", name="二"))
    with transaction(fresh_engine, write=False) as session:
        assert session.scalars(sa.select(Area.code)).all() == ["2"]


def test_ddl_is_undone_too(fresh_engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), transaction(fresh_engine) as session:
        session.execute(sa.text("CREATE TABLE made (id INTEGER)"))
        raise ZeroDivisionError
    assert not sa.inspect(fresh_engine).has_table("made")


def test_a_mistake_in_sql_is_not_called_busy(fresh_engine: Engine) -> None:
    with pytest.raises(DBAPIError), transaction(fresh_engine) as session:
        session.execute(sa.text("SELECT * FROM nowhere"))


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_writer_waits_and_then_says_so(fresh_engine: Engine) -> None:
    impatient = make_engine(fresh_engine.url)
    sa.event.listen(impatient, "connect", lambda c, _: c.execute("PRAGMA busy_timeout=50"))
    count = sa.select(sa.func.count()).select_from(Notice)
    with transaction(fresh_engine) as writer:
        assert writer.scalar(count) == 0
        # Already the read of a transaction that may write waits: it could not be turned later.
        with pytest.raises(DatabaseBusy), transaction(impatient) as second:
            second.scalar(count)
        with transaction(impatient, write=False) as reader:
            assert reader.scalar(count) == 0
    impatient.dispose()


@pytest.mark.parametrize("place", ["postgis"], indirect=True)
def test_a_server_that_is_gone_is_called_busy(fresh_engine: Engine) -> None:
    away = make_engine(fresh_engine.url.set(port=1))
    with pytest.raises(DatabaseBusy), transaction(away) as session:
        session.execute(sa.text("SELECT 1"))


@pytest.mark.parametrize("place", ["postgis"], indirect=True)
def test_of_connections_that_fell_together_one_request_alone_hears(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridgov.database.RESTED_SECONDS", 3600)  # none is asked beforehand
    several = [fresh_engine.connect() for _ in range(4)]
    backends = [one.scalar(sa.select(sa.func.pg_backend_pid())) for one in several]
    for one in several:
        one.close()
    other = make_engine(fresh_engine.url)
    with other.connect() as killer:
        for backend in backends:
            assert killer.scalar(sa.select(sa.func.pg_terminate_backend(backend, 5000)))
    other.dispose()
    with pytest.raises(DatabaseBusy), transaction(fresh_engine) as session:
        stamps(session)
    for _ in several:
        with transaction(fresh_engine) as session:
            assert stamps(session).id == 1


def test_prepare_is_harmless_twice(fresh_engine: Engine) -> None:
    prepare(prepare(fresh_engine))
    with transaction(fresh_engine) as session:
        assert session.scalars(sa.select(Area)).all() == []


def test_sqlite_is_set_up_on_every_connection(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/a.db")
    with engine.connect() as connection:
        for pragma, value in {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1}.items():
            assert connection.scalar(sa.text(f"PRAGMA {pragma}")) == value
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://h/d", "x.db", "", "postgres", "http://h", "sqlite:/"])
def test_a_wrong_address_is_refused_with_a_sentence(url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseWrong, match="GRIDGOV_DATABASE_URL"):
        address(url, tmp_path)


def test_addresses_are_taken_from_the_root(tmp_path: Path) -> None:
    assert address("sqlite:///var/a.db", tmp_path).database == str(tmp_path / "var/a.db")
    assert address("sqlite:////abs/a.db".replace("/abs", str(tmp_path)), Path("/")).database == str(
        tmp_path / "a.db"
    )
    assert address("postgresql://u:p@h/d", tmp_path).drivername == "postgresql+psycopg"
