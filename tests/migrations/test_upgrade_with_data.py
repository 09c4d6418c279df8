"""A database with data in it upgrades: nothing is lost, and the search finds what was there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from gridgov import schema

AT = datetime(2026, 11, 22, 8, 30, 15, 123456, tzinfo=UTC)
FILLERS: dict[type, Any] = {
    str: "x",
    int: 1,
    float: 0.1,
    bool: False,
    bytes: b"\x00\xff",
    date: date(2026, 11, 22),
    datetime: AT,
    dict: {"键": ["值", 1, None]},
}
SQUARE = "((121.49 29.88, 121.5 29.88, 121.5 29.89, 121.49 29.89, 121.49 29.88))"


def put(connection: Connection, of: str, /, **given: Any) -> None:
    """Insert a row as the table was then, with something in every column that must not be empty."""
    table = sa.Table(of, sa.MetaData(), autoload_with=connection)
    values = {
        column.name: FILLERS[dict if isinstance(column.type, sa.JSON) else column.type.python_type]
        for column in table.columns
        if not column.nullable and not column.foreign_keys and column.name not in given
    }
    # SQLite's own type takes instants without their zone, in UTC as all of ours are.
    if connection.dialect.name == "sqlite":
        values = {
            key: value.replace(tzinfo=None) if isinstance(value, datetime) else value
            for key, value in values.items()
        }
    connection.execute(table.insert().values(**values, **given))


def shape(text: str) -> Any:
    return sa.func.ST_GeomFromText(text, 4490)


def fill(connection: Connection) -> None:
    """Make a small park with cases, one of them with every kind of text."""
    put(connection, "areas", code="330206", name="区")
    put(connection, "parks", code="park", time_zone="Asia/Shanghai")
    put(connection, "units", code="unit", areas=[], categories=["01"], parent_code=None)
    put(connection, "grids", code="grid", park_code="park")
    boundary = shape(f"MULTIPOLYGON({SQUARE})")
    put(connection, "map_versions", id=1, park_code="park", boundary=boundary)
    put(connection, "cells", version_id=1, grid_code="grid", shape=shape(f"POLYGON{SQUARE}"))
    put(connection, "people", code="person", unit_code="unit")
    put(connection, "accounts", id=1, person_code="person")
    put(connection, "tokens", account_id=1)
    put(connection, "duties", person_code="person")
    put(connection, "categories", code="01001", unit_code="unit")
    put(connection, "cases", id=1, number="A1", description="人民路的路灯不亮, pole K-17 Ä")
    point = shape("POINT(121.4905 29.8805)")
    put(connection, "cases", id=7, number="A7", summary="井盖", address="创业大道18号", point=point)
    put(connection, "cases", id=8, number="A8")
    secret = {"confidential": True, "description": "举报某人", "result": "查实", "summary": "来信"}
    put(connection, "cases", id=9, number="A9", **secret)
    put(connection, "events", id=1, case_id=7)
    put(connection, "reporters", case_id=7)
    put(connection, "notices", case_id=7, event_id=1)


def rows(connection: Connection) -> dict[str, list[Any]]:
    """Return every row of every table, geometries as text."""
    found = {}
    for name in sa.inspect(connection).get_table_names():
        if name in schema.METADATA.tables:
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            columns = [
                sa.func.ST_AsText(column).label(column.name)
                if "geometry" in str(column.type).lower()
                else column
                for column in table.columns
            ]
            chosen = sa.select(*columns).order_by(*table.primary_key.columns)
            found[name] = [dict(row) for row in connection.execute(chosen).mappings()]
    return found


def search(connection: Connection, *grams: str) -> set[int]:
    if connection.dialect.name == "sqlite":
        wanted = " AND ".join(f'"{gram}"' for gram in grams)
        query = sa.text("SELECT rowid FROM case_grams WHERE case_grams MATCH :grams")
    else:
        wanted = "{" + ",".join(f'"{gram}"' for gram in grams) + "}"
        query = sa.text("SELECT case_id FROM case_grams WHERE grams @> CAST(:grams AS text[])")
    return set(connection.scalars(query, {"grams": wanted}))


@pytest.fixture
def upgraded(empty_engine: Engine) -> Engine:
    """A database that was filled when 0001 was the newest."""
    schema.upgrade(empty_engine, "0001")
    with empty_engine.begin() as connection:
        fill(connection)
    schema.upgrade(empty_engine)
    return empty_engine


def test_nothing_is_lost(empty_engine: Engine) -> None:
    schema.upgrade(empty_engine, "0001")
    with empty_engine.begin() as connection:
        fill(connection)
        before = rows(connection)
    assert len(before["cases"]) == 4
    assert any("POINT(121.4905 29.8805)" in row.values() for row in before["cases"])

    schema.upgrade(empty_engine)

    assert schema.is_current(empty_engine)
    with empty_engine.connect() as connection:
        after = rows(connection)
    # Later versions add tables and columns; what was there is as it was.
    del before["epochs"]  # what an upgrade seeds draws new stamps
    # What people wrote has a table of its own.
    words = {row["id"]: row.pop("text") for row in before["events"]}
    assert {row["event_id"]: row["text"] for row in after["event_texts"]} == words
    assert [len(row["salt"]) for row in after["event_texts"]] == [16]
    for table, kept in before.items():
        columns = kept[0].keys() if kept else ()
        assert [{name: row[name] for name in columns} for row in after[table]] == kept, table


def test_the_search_finds_the_cases_that_were_there(upgraded: Engine) -> None:
    with upgraded.connect() as connection:
        assert search(connection, "灯") == {1}
        assert search(connection, "路灯") == {1}
        assert search(connection, "人民", "路灯", "pole") == {1}
        assert search(connection, "17") == {1}
        assert search(connection, "ä") == {1}
        assert search(connection, "a") == set()
        assert search(connection, "井盖") == {7}
        assert search(connection, "18", "创业") == {7}
        assert search(connection, "灯不") == {1}
        assert search(connection, "灯路") == set()
        assert search(connection, "来信") == {9}
        assert search(connection, "举报") == search(connection, "查实") == set()


def test_the_search_takes_new_cases_and_forgets_deleted_ones(upgraded: Engine) -> None:
    sqlite = upgraded.dialect.name == "sqlite"
    key, grams = ("rowid", "'新 新词 词'") if sqlite else ("case_id", "'{新,新词,词}'")
    with upgraded.begin() as connection:
        put(connection, "cases", id=10, number="A10")
        new = f"INSERT INTO case_grams ({key}, grams, body) VALUES (10, {grams}, '新词')"
        connection.execute(sa.text(new))
        assert search(connection, "新词") == {10}

        connection.execute(sa.text("DELETE FROM cases WHERE id IN (1, 10)"))

        assert search(connection, "新词") == set()
        assert search(connection, "路灯") == set()
        assert search(connection, "井盖") == {7}


def test_many_cases_are_filled_in_batches(empty_engine: Engine) -> None:
    schema.upgrade(empty_engine, "0001")
    with empty_engine.begin() as connection:
        put(connection, "cases", id=1, number="1", description="第一")
        # As one statement: what counts is how many there are.
        names = [c["name"] for c in sa.inspect(connection).get_columns("cases")]
        copied = ", ".join(f'"{n}"' for n in names if n not in ("id", "number", "external_ref"))
        connection.execute(
            sa.text(
                "WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers"
                " WHERE n < 2500)"
                f" INSERT INTO cases (id, number, {copied})"
                f" SELECT n, CAST(n AS text), {copied} FROM numbers, cases"
            )
        )

    schema.upgrade(empty_engine)

    with empty_engine.connect() as connection:
        assert search(connection, "第一") == set(range(1, 2501))


def test_the_channels_of_people_stay_theirs(empty_engine: Engine) -> None:
    schema.upgrade(empty_engine, "0025")
    with empty_engine.begin() as connection:
        put(connection, "people", code="person", unit_code=None)
        put(connection, "channels", id=3, person_code="person")
        (before,) = rows(connection)["channels"]

    schema.upgrade(empty_engine)

    with empty_engine.connect() as connection:
        assert rows(connection)["channels"] == [before | {"account_id": None}]
