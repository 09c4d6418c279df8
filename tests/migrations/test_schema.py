"""The migrations make what the models say, on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError

from gridgov import schema
from gridgov.database import make_engine

HEAD = "0026"


def facts(engine: Engine) -> dict[str, Any]:
    """Return all that the database knows of our tables, in a form that can be compared."""
    inspector = sa.inspect(engine)
    found: dict[str, Any] = {}
    for table in sorted(schema.METADATA.tables):
        found[table] = {
            "columns": {
                column["name"]: (repr(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": by_name(
                _named(key, table) for key in inspector.get_foreign_keys(table)
            ),
            "unique": by_name(inspector.get_unique_constraints(table)),
            "checks": by_name(inspector.get_check_constraints(table)),
            # As text: the condition of a partial index is an object that equals only itself.
            "indexes": {
                name: {key: str(value) for key, value in index.items() if key != "dialect_options"}
                | {key: str(value) for key, value in index.get("dialect_options", {}).items()}
                for name, index in by_name(inspector.get_indexes(table)).items()
            },
        }
    metadata = sa.text("SELECT * FROM geometry_columns ORDER BY f_table_name, f_geometry_column")
    with engine.connect() as connection:
        rows = connection.execute(metadata).mappings().all()
        found["geometry"] = [dict(row) | {"f_table_catalog": ""} for row in rows]
        if engine.dialect.name == "sqlite":
            triggers = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
            found["triggers"] = {
                tuple(row)
                for row in connection.execute(sa.text(triggers))
                if row.name != "case_grams_go" and not row.name.startswith("kept_")
            }
    return found


def by_name(items: Iterable[Any]) -> dict[str, Any]:
    return {str(item["name"]): item for item in items}


def _named(key: Any, table: str) -> Any:
    """Name a key that came with its column: SQLAlchemy reads no name of those on SQLite."""
    return key | {"name": key["name"] or f"fk_{table}_{'_'.join(key['constrained_columns'])}"}


def test_alembic_finds_no_difference(engine: Engine) -> None:
    with engine.connect() as connection:
        command.check(schema.config(connection))


def test_tables_keys_indexes_and_geometries_are_those_of_the_models(
    engine: Engine, empty_engine: Engine
) -> None:
    schema.upgrade(empty_engine, "base")
    models = sa.MetaData(naming_convention=schema.METADATA.naming_convention)
    for table in schema.METADATA.sorted_tables:
        table.to_metadata(models)  # GeoAlchemy2 changes what it creates
    if empty_engine.dialect.name == "sqlite":  # a copy forgets which database an index is for
        indexes = models.tables["cases"].indexes
        indexes.remove(next(one for one in indexes if one.name == "ix_cases_point_open"))
    models.create_all(empty_engine)

    assert facts(engine) == facts(empty_engine)


def test_every_geometry_has_an_index_that_is_used(engine: Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # 1 stands for an R*Tree.
            found = sa.text("SELECT spatial_index_enabled FROM geometry_columns")
            assert set(connection.scalars(found)) == {1}
        else:
            found = sa.text(
                "SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
                " JOIN pg_am ON pg_am.oid = relam WHERE amname = 'gist'"
                " AND relname LIKE 'idx\\_%' AND indisvalid"
            )
            columns = sa.text("SELECT count(*) FROM geometry_columns")
            assert connection.scalar(found) == connection.scalar(columns)


def test_there_is_one_row_of_stamps(engine: Engine) -> None:
    with engine.connect() as connection:
        (stamps,) = connection.execute(sa.text("SELECT * FROM epochs")).all()
    assert stamps.id == 1
    assert len(set(stamps)) == len(stamps)


def test_an_upgrade_of_an_empty_database_and_again(empty_engine: Engine) -> None:
    assert not schema.is_current(empty_engine)
    schema.upgrade(empty_engine)
    assert schema.is_current(empty_engine)
    before = facts(empty_engine)

    schema.upgrade(empty_engine)

    assert facts(empty_engine) == before
    with empty_engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM epochs")) == 1


def test_an_older_database_is_not_current(empty_engine: Engine) -> None:
    schema.upgrade(empty_engine, "0001")
    assert not schema.is_current(empty_engine)


def test_two_starts_at_once_upgrade_once(empty_engine: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(schema.upgrade, empty_engine) for _ in range(2)]:
            each.result()

    assert schema.is_current(empty_engine)
    with empty_engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM epochs")) == 1


def test_a_newer_database_is_refused_and_left_alone(empty_engine: Engine) -> None:
    schema.upgrade(empty_engine)
    with empty_engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(schema.SchemaTooNew):
        schema.upgrade(empty_engine)
    assert not schema.is_current(empty_engine)


def test_a_failed_upgrade_leaves_nothing_behind(empty_engine: Engine) -> None:
    schema.upgrade(empty_engine, "0001")
    with empty_engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE case_grams (in_the_way INTEGER)"))

    with pytest.raises(DBAPIError):
        schema.upgrade(empty_engine)

    with empty_engine.begin() as connection:
        version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        assert version == "0001"
        connection.execute(sa.text("DROP TABLE case_grams"))
    schema.upgrade(empty_engine)
    assert schema.is_current(empty_engine)


def test_no_way_down_is_offered(fresh_engine: Engine) -> None:
    with (
        fresh_engine.begin() as connection,
        pytest.raises(NotImplementedError, match="backup"),
    ):
        command.downgrade(schema.config(connection), "-1")


@pytest.mark.parametrize("place", ["postgis"], indirect=True)  # a file has no users
def test_a_user_without_rights_is_told_what_to_ask_for(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        role = f"poor_{empty_engine.url.database}"
        connection.execute(sa.text(f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'poor'"))
    poor = make_engine(URL.set(empty_engine.url, username=role, password="poor"))
    try:
        with pytest.raises(schema.PostgisNotAllowed):
            schema.upgrade(poor)
        with empty_engine.begin() as connection:
            connection.execute(sa.text("CREATE EXTENSION postgis"))
        with pytest.raises(schema.TablesNotAllowed):
            schema.upgrade(poor)
        with empty_engine.begin() as connection:
            connection.execute(sa.text(f'GRANT CREATE ON SCHEMA public TO "{role}"'))
        schema.upgrade(poor)
        assert schema.is_current(poor)
    finally:
        poor.dispose()
        with empty_engine.begin() as connection:
            connection.execute(sa.text(f'DROP OWNED BY "{role}"'))
            connection.execute(sa.text(f'DROP ROLE "{role}"'))


def test_the_newest_migration_is_the_one_tested_here(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == HEAD
