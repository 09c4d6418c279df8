"""The application's own role on PostgreSQL: it works, and cannot change what is only added to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gridgov.errors import BadInput

KEPT = ("events", "audit_entries", "seals", "seal_members")
READ = ("alembic_version", "spatial_ref_sys", "geometry_columns", "geography_columns")


class RoleOnlyOnPostgres(BadInput):
    """--app-role is for PostgreSQL; SQLite knows no roles."""


class RoleUnknown(BadInput):
    """There is no role %(name)s; create it first: `CREATE ROLE … LOGIN`."""


class RoleTooStrong(BadInput):
    """The role %(name)s owns tables or is a superuser, so it could change all; take another."""


def grant(connection: Connection, name: str) -> None:
    """Grant a role what the application needs, and take away all else; harmless twice.

    Raises: RoleOnlyOnPostgres, RoleUnknown, RoleTooStrong.
    """
    if connection.dialect.name != "postgresql":
        raise RoleOnlyOnPostgres
    _check(connection, name)
    quoted = connection.dialect.identifier_preparer.quote(name)
    schema = connection.scalar(sa.text("SELECT quote_ident(current_schema())"))
    run = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {quoted}",
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {quoted}",
        f"GRANT USAGE ON SCHEMA {schema} TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {quoted}",
    ]
    for table in sorted(sa.inspect(connection).get_table_names()):
        may = "SELECT, INSERT" if table in KEPT else "SELECT, INSERT, UPDATE, DELETE"
        run.append(f'GRANT {"SELECT" if table in READ else may} ON "{table}" TO {quoted}')
    run += [f"GRANT SELECT ON {name} TO {quoted}" for name in READ[2:]]
    for statement in run:
        connection.execute(sa.text(statement))


def _check(connection: Connection, name: str) -> None:
    role = connection.execute(
        sa.text(
            "SELECT rolsuper, EXISTS (SELECT 1 FROM pg_class c"
            " WHERE pg_has_role(:name, c.relowner, 'member')"
            " AND c.relname = ANY(:kept)) AS owns"
            " FROM pg_roles WHERE rolname = :name"
        ),
        {"name": name, "kept": list(KEPT)},
    ).one_or_none()
    if role is None:
        raise RoleUnknown(name=name)
    if role.rolsuper or role.owns:
        raise RoleTooStrong(name=name)
