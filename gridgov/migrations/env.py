"""How Alembic sees the database: only our tables, in types that both engines know.

Alembic executes this file; `gridgov.schema` gives it the connection, in whose transaction
everything happens.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from geoalchemy2 import Geometry, alembic_helpers

from gridgov.database import Json, UtcDateTime
from gridgov.schema import METADATA, SEARCH_TABLE

SPATIALITE_OWN = {
    "ElementaryGeometries",
    "KNN",
    "KNN2",
    "SpatialIndex",
    "data_licenses",
    "spatial_ref_sys",
    "spatial_ref_sys_all",
    "spatial_ref_sys_aux",
    "sql_statements_log",
}
POSTGRES_ONLY = {"ix_cases_point_open"}
JSON_CODE = "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
JSON_IMPORT = "from sqlalchemy.dialects import postgresql"


def include_object(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Leave out what SpatiaLite, PostGIS and the search keep for themselves."""
    if kind == "table" and (name in SPATIALITE_OWN or str(name).startswith(SEARCH_TABLE)):
        return False
    if kind == "index" and name in POSTGRES_ONLY and context.get_bind().dialect.name == "sqlite":
        return False
    theirs: Any = alembic_helpers.include_object
    return bool(theirs(item, name, kind, reflected, other))


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our own types as the plain ones below them: a migration must not change with them."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if item is Json:
        autogen_context.imports.add(JSON_IMPORT)
        return JSON_CODE
    if isinstance(item, Geometry):
        autogen_context.imports.add("from geoalchemy2 import Geometry")
        return f"Geometry({item.geometry_type!r}, srid={item.srid}, spatial_index=False)"
    return False


def run() -> None:
    """Run in the transaction of the connection that was given."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        include_object=include_object,
        render_item=render_item,
        process_revision_directives=alembic_helpers.writer,
        compare_type=True,
        compare_server_default=True,
        user_module_prefix="sa.",
    )
    with context.begin_transaction():
        context.run_migrations()


run()
