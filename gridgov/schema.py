"""The schema in the database: brought to the newest migration, or asked whether it is.

An upgrade is one transaction on both engines, so that a failed one leaves nothing behind. There
is no way down: a backup made before the upgrade is the way back.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ProgrammingError

from gridgov import epochs
from gridgov.audit import tables as audit
from gridgov.callbacks import tables as callbacks
from gridgov.cases import tables as cases
from gridgov.community import tables as community
from gridgov.database import METRIC_SRID, SRID, Model, transaction
from gridgov.errors import GridgovError, Unavailable
from gridgov.exchange import tables as exchange
from gridgov.federation import tables as federation
from gridgov.insight import tables as insight
from gridgov.jobs import tables as jobs
from gridgov.joint import tables as joint
from gridgov.ladder import tables as ladder
from gridgov.ladder.ladder import seed as seed_ladder
from gridgov.notices import tables as notices
from gridgov.park import tables as park
from gridgov.people import tables as people
from gridgov.privacy import tables as privacy
from gridgov.worktime import tables as worktime
from gridgov.worktime.import_year import seed_years

TABLES = (
    epochs, audit, worktime, park, people, ladder, cases, notices, callbacks, privacy, insight,
    exchange, federation, community, joint, jobs,
)  # fmt: skip
METADATA = Model.metadata
SEARCH_TABLE = "case_grams"
MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x67726964  # "grid", the advisory lock of upgrades


class PostgisMissing(Unavailable):
    """PostGIS is missing: install the package postgresql-%(version)s-postgis-3 on the server."""


class PostgisNotAllowed(GridgovError):
    """Let a superuser run CREATE EXTENSION postgis in this database once; its user may not."""


class TablesNotAllowed(GridgovError):
    """The database's user may not create tables in it; make it the owner of the database."""


class SchemaTooNew(GridgovError):
    """This database was made by a newer version of GridGov; use that version, or a backup."""


class SpatialiteRefused(Unavailable):
    """SpatiaLite could not prepare this file; is it a database of GridGov, and writable?"""


def upgrade(engine: Engine, target: str = "head") -> list[int]:
    """Prepare an empty database or bring an older one to `target`, or change nothing.

    Returns the years of the calendar that came with it.

    Raises: SpatialiteRefused, PostgisMissing, PostgisNotAllowed, TablesNotAllowed, SchemaTooNew.
    """
    with engine.begin() as connection:
        return bring(connection, target)


def bring(connection: Connection, target: str = "head") -> list[int]:
    """Do as `upgrade` does, in the transaction of a connection.

    Brought to the newest, it also gets the years of the calendar that this version knows.
    """
    if connection.dialect.name == "sqlite":
        _prepare_spatialite(connection)
    else:
        _prepare_postgis(connection)
    try:
        command.upgrade(config(connection), target)
    except CommandError as error:
        if knows(connection, revision(connection)):
            raise
        raise SchemaTooNew from error
    except ProgrammingError as error:
        if isinstance(error.orig, InsufficientPrivilege):
            raise TablesNotAllowed from error
        raise
    if target != "head":
        return []
    with transaction(connection) as session:
        seed_ladder(session)
        return seed_years(session)


def revision(connection: Connection) -> str | None:
    """Return the migration that the database stands at; none where it has no schema."""
    return MigrationContext.configure(connection).get_current_revision()


def newest(connection: Connection) -> str | None:
    """Return the newest migration that this code knows."""
    return ScriptDirectory.from_config(config(connection)).get_current_head()


def knows(connection: Connection, wanted: str | None) -> bool:
    """Tell whether this code knows a migration; nothing at all is known too."""
    script = ScriptDirectory.from_config(config(connection))
    return wanted is None or wanted in {known.revision for known in script.walk_revisions()}


def is_current(engine: Engine) -> bool:
    """Tell whether the database stands at the newest migration that this code knows."""
    with engine.execution_options(gridgov_write=False).connect() as connection:
        return revision(connection) == newest(connection)


def config(connection: Connection) -> Config:
    """Return what Alembic's commands need to work on this connection, in its transaction."""
    made = Config()
    # Alembic reads the path with ConfigParser, where a lone % is an error.
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def _prepare_spatialite(connection: Connection) -> None:
    if not sa.inspect(connection).has_table("spatial_ref_sys"):
        # The mode without WGS84 inserts 6,000 reference systems and takes 10 s or more.
        _said_yes(connection, sa.func.InitSpatialMetaData(0, "WGS84"))
    for srid in (SRID, METRIC_SRID):
        found = sa.text("SELECT 1 FROM spatial_ref_sys WHERE srid = :srid")
        if connection.scalar(found, {"srid": srid}) is None:
            _said_yes(connection, sa.func.InsertEpsgSrid(srid))


def _said_yes(connection: Connection, call: sa.ColumnElement[int]) -> None:
    # SpatiaLite's functions answer 0 and write the reason to stderr, they raise nothing.
    if connection.scalar(sa.select(call)) != 1:
        raise SpatialiteRefused


def _prepare_postgis(connection: Connection) -> None:
    # Two processes may start at once; the second one waits here and then finds nothing to do.
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    if connection.scalar(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")):
        return
    offered = sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")
    if not connection.scalar(offered):
        raise PostgisMissing(version=(connection.dialect.server_version_info or (15,))[0])
    try:
        connection.execute(sa.text("CREATE EXTENSION postgis"))
    except ProgrammingError as error:
        raise PostgisNotAllowed from error
