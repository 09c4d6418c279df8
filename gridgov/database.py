"""The ground under the rows: the engine, the column types, and the one `transaction()`.

SpatiaLite and PostGIS are both first-class. What differs between them is settled here and in
`gridgov.cases.grams`, nowhere else.
"""

from __future__ import annotations

import gc
import importlib
import json
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session

from gridgov.errors import BadInput, Unavailable

SRID = 4490
METRIC_SRID = 3857
BUSY_MS = 30_000
RESTED_SECONDS = 1.0  # after which a connection may have fallen unnoticed
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class DatabaseWrong(BadInput):
    """GRIDGOV_DATABASE_URL must begin with sqlite:/// or postgresql://."""


class SpatialiteMissing(Unavailable):
    """SpatiaLite is missing: install the package libsqlite3-mod-spatialite, or use PostgreSQL."""


class Model(DeclarativeBase):
    """The base of every row."""

    metadata = sa.MetaData(naming_convention=NAMES)

    def __init__(self, **given: Any) -> None:
        """Take a new row's values.

        Its columns have no history that would have to be kept, so they are put where they belong
        without asking the mapper for each; what it is related to is the mapper's.
        """
        own, columns = vars(self), _columns(type(self))
        for name, value in given.items():
            if name in columns:
                own[name] = value
            elif hasattr(type(self), name):
                setattr(self, name, value)
            else:
                raise TypeError(f"{name!r} is nothing that a {type(self).__name__} has")


@cache
def _columns(kind: type[Model]) -> frozenset[str]:
    return frozenset(sa.inspect(kind).column_attrs.keys())


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant, kept in UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring an instant to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class LonLat(NamedTuple):
    """A point in degrees, CGCS2000 (EPSG:4490)."""

    lon: float
    lat: float


class PointType(Geometry):
    """A POINT column in EPSG:4490, read and written as LonLat."""

    cache_ok = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("POINT", srid=SRID, spatial_index=kwargs.pop("spatial_index", True))

    def bind_processor(self, dialect: Dialect) -> Any:
        """Write a LonLat as EWKT; `repr` keeps every bit of the floats."""

        def write(value: Any) -> Any:
            if value is None or isinstance(value, str):
                return value
            return f"SRID={SRID};POINT({value[0]!r} {value[1]!r})"

        return write

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """Read EWKB, as bytes or in hexadecimal digits."""

        def read(value: Any) -> LonLat | None:
            if value is None:
                return None
            raw = bytes.fromhex(value) if isinstance(value, str) else bytes(value)
            order = "<" if raw[0] == 1 else ">"
            return LonLat(*struct.unpack_from(order + "dd", raw, len(raw) - 16))

        return read


Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def within_box(
    dialect: str, point: Any, key: Any, box: tuple[Any, Any, Any, Any]
) -> sa.ColumnElement[bool]:
    """Return the condition that a point lies in west, south, east, north (degrees, edges in).

    The box holds numbers, or parameters to be bound later.

    Both engines' indexes keep 32-bit boxes, so the exact coordinates are compared again.
    """
    west, south, east, north = box
    return sa.and_(
        near_box(dialect, point, key, box),
        sa.func.ST_X(point, type_=sa.Float).between(west, east),
        sa.func.ST_Y(point, type_=sa.Float).between(south, north),
    )


def near_box(
    dialect: str, point: Any, key: Any, box: tuple[Any, Any, Any, Any]
) -> sa.ColumnElement[bool]:
    """Return the condition that a point lies in a box of degrees, or a metre or so outside it.

    It is what the indexes tell by themselves: of 32-bit edges the same on both engines.
    """
    west, south, east, north = box
    if dialect == "postgresql":
        return cast("sa.ColumnElement[bool]", point.op("&&")(sa.func.ST_MakeEnvelope(*box, SRID)))
    index = sa.table(
        f"idx_{point.class_.__tablename__}_{point.key}",
        *(sa.column(name) for name in ("pkid", "xmin", "xmax", "ymin", "ymax")),
    )
    near = sa.select(index.c.pkid).where(
        index.c.xmin <= east, index.c.xmax >= west, index.c.ymin <= north, index.c.ymax >= south
    )
    return cast("sa.ColumnElement[bool]", key.in_(near))


def dialect_of(session: Session) -> str:
    """Return `sqlite` or `postgresql`."""
    return session.get_bind().dialect.name


db = SQLAlchemy(model_class=Model, disable_autonaming=True)


def engine_options(url: str) -> dict[str, Any]:
    """Return what `create_engine` needs beside the address; raises DatabaseWrong."""
    kind = make_url(url).get_backend_name() if "://" in url else ""
    dumps = partial(json.dumps, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # An error's text may reach a log, and a statement's values may be somebody's words.
    hidden = {"hide_parameters": True}
    if kind == "sqlite":
        return hidden | {
            "module": _sqlite_module(),
            "json_serializer": dumps,
            "connect_args": {"check_same_thread": False, "timeout": BUSY_MS / 1000},
        }
    if kind == "postgresql":
        return hidden | {
            "json_serializer": dumps,
            "connect_args": {"options": "-c timezone=UTC", "connect_timeout": 10},
        }
    raise DatabaseWrong


def address(url: str, root: Path) -> URL:
    """Return the address as SQLAlchemy's, a relative SQLite path taken from `root`."""
    engine_options(url)
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        path = root / (made.database or "var/gridgov.db")
        path.parent.mkdir(parents=True, exist_ok=True)
        return made.set(database=str(path))
    return made.set(drivername="postgresql+psycopg")


def make_engine(url: URL | str, **options: Any) -> Engine:
    """Return an engine that is ready for both kinds of database."""
    text = url if isinstance(url, str) else url.render_as_string(hide_password=False)
    return prepare(sa.create_engine(url, **(engine_options(text) | options)))


def prepare(engine: Engine) -> Engine:
    """Attach what SQLite needs on each connection and at each BEGIN; harmless twice."""
    sqlite = engine.dialect.name == "sqlite"
    hooks = SQLITE_HOOKS if sqlite else POSTGRES_HOOKS
    for name, hook in hooks.items():
        if not sa.event.contains(engine, name, hook):
            sa.event.listen(engine, name, hook)
    return engine


def _sqlite_module() -> ModuleType:
    if hasattr(sqlite3.Connection, "enable_load_extension"):
        return sqlite3
    import sqlean

    # pyenv's and macOS's Pythons are built without loadable extensions.
    return sqlean.dbapi2  # type: ignore[no-any-return]


def _on_connect(connection: Any, record: Any) -> None:
    # Loaded after SpatiaLite, the wheel's GDAL crashes the process on its first GeoPackage.
    importlib.import_module("pyogrio")
    # Without this the driver opens transactions of its own, and DDL is not rolled back.
    connection.isolation_level = None
    connection.enable_load_extension(True)
    try:
        connection.load_extension("mod_spatialite")
    except Exception as error:
        raise SpatialiteMissing from error
    finally:
        connection.enable_load_extension(False)
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "recursive_triggers=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _on_begin(connection: Connection) -> None:
    # A read that turns into a write fails at once, whatever busy_timeout says: writers say so
    # first.
    write = connection.get_execution_options().get("gridgov_write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _on_checkin(connection: Any, record: Any) -> None:
    record.info["rests_since"] = monotonic()


def _on_checkout(connection: Any, record: Any, proxy: Any) -> None:
    """Ask a connection that has rested whether it still stands; the pool replaces one that falls.

    To ask each time, as `pool_pre_ping` does, would be a tenth of all that is sent.
    """
    rested = monotonic() - record.info.get("rests_since", monotonic())
    if rested < RESTED_SECONDS:
        return
    try:
        connection.execute("").close()
        connection.rollback()
    except Exception as error:
        raise DisconnectionError from error


def _on_execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
    """Get bytes as they are where a statement is told to; as text they come twice as long."""
    if not context.execution_options.get("gridgov_bytes"):
        return False
    cursor.execute(statement, parameters, binary=True)
    return True


SQLITE_HOOKS: dict[str, Any] = {"connect": _on_connect, "begin": _on_begin}
POSTGRES_HOOKS: dict[str, Any] = {
    "checkin": _on_checkin,
    "checkout": _on_checkout,
    "do_execute": _on_execute,
}


@contextmanager
def transaction(
    engine: Engine | Connection | None = None, *, write: bool = True, bulk: bool = False
) -> Iterator[Session]:
    """Open the session in which everything of one request happens, or nothing of it.

    The only place of the project that begins and commits. Without an engine it takes the
    application's, and so needs its context. On a connection that is in a savepoint already, what
    is committed is that savepoint's. `bulk` is for many rows at once. Raises DatabaseBusy.
    """
    bound: Engine | Connection = engine or db.engine
    if bound.dialect.name == "sqlite":
        bound = bound.execution_options(gridgov_write=write)
    try:
        with (
            uncollected() if bulk else nullcontext(),
            Session(bound, expire_on_commit=False, autoflush=False) as session,
            session.begin(),
        ):
            yield session
    except (OperationalError, PoolTimeout) as error:
        # SQLite gives a mistake in the SQL the same class: that is no trouble that passes.
        if getattr(getattr(error, "orig", None), "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            raise
        raise DatabaseBusy from error


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep Python from looking for garbage among rows that all live until the batch ends.

    It would take a quarter of the time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


class DatabaseBusy(Unavailable):
    """The database does not answer just now; nothing was changed. Try again in a moment."""
