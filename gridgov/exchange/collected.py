"""The rows of each collection as far as somebody may see them, and how a feature is made of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.tables import Case
from gridgov.database import dialect_of
from gridgov.exchange import loads
from gridgov.exchange.case_rows import columns as case_columns
from gridgov.exchange.collections import COLLECTIONS, Feature, Rows, find
from gridgov.exchange.detail import Detail, detail
from gridgov.exchange.layers import LAYERS
from gridgov.exchange.map_rows import cells_of, surfaces
from gridgov.exchange.map_tiles import labels
from gridgov.exchange.matching import PREDICATES, Place, at_point
from gridgov.park.index import ActiveMap
from gridgov.park.tables import Cell, Grid
from gridgov.people.actors import Actor
from gridgov.people.tables import Firm


def rows(session: Session, name: str, actor: Actor, at: datetime, known: Known) -> Rows:
    """Return the rows of a collection as somebody gets them. Raises as `find`."""
    find(name, actor)
    active, dialect = known.active(at), dialect_of(session)
    if name == "cells":
        return _cells(active, dialect)
    if name == "grids":
        return _grids(active, dialect)
    if name == "firms":
        return _firms(dialect)
    seen = detail(actor, known, at)
    if name == "load":
        return _load(seen, active, dialect, at, known)
    return _public(seen, dialect, known) if seen.public else _cases(seen, active, dialect, known)


def _cells(active: ActiveMap, dialect: str) -> Rows:
    found = {cell.code: cell for cell in cells_of(active)}
    columns = {
        "code": Cell.code,
        "grid": Cell.grid_code,
        "grid_name": Grid.name,
        "area_m2": Cell.area_m2,
        "perimeter_m": Cell.perimeter_m,
        "landmark": Cell.landmark,
    }
    return Rows(
        COLLECTIONS["cells"],
        dialect,
        columns,
        Cell.code,
        sa.join(Cell, Grid, Cell.grid_code == Grid.code),
        (Cell.version_id.in_(_versions(active)),),
        _by_code({code: cell.shape for code, cell in found.items()}, Cell.code),
        sa.true(),
        lambda key, told, beside: Feature(key, _rounded(told), found[key].shape),
        {},
    )


def _grids(active: ActiveMap, dialect: str) -> Rows:
    shapes = {facts["code"]: shape for facts, shape in surfaces(active)}
    sums = (
        sa.select(
            Cell.grid_code.label("code"),
            sa.func.count().label("cells"),
            sa.func.sum(Cell.area_m2).label("area_m2"),
        )
        .where(Cell.version_id.in_(_versions(active)))
        .group_by(Cell.grid_code)
        .subquery()
    )
    columns = {
        "code": Grid.code,
        "name": Grid.name,
        "kind": Grid.kind,
        "park": Grid.park_code,
        "cells": sums.c.cells,
        "area_m2": sums.c.area_m2,
    }
    return Rows(
        COLLECTIONS["grids"],
        dialect,
        columns,
        Grid.code,
        sa.join(Grid, sums, Grid.code == sums.c.code),
        (),
        _by_code(shapes, Grid.code),
        sa.true(),
        lambda key, told, beside: Feature(key, _rounded(told), shapes[key]),
        {},
    )


def _firms(dialect: str) -> Rows:
    columns = {
        "code": Firm.code,
        "name": Firm.name,
        "credit_code": Firm.credit_code,
        "address": Firm.address,
        "cell": Firm.cell_code,
        "branch": Firm.branch,
        "kind": Firm.kind,
    }
    return Rows(
        COLLECTIONS["firms"],
        dialect,
        columns,
        Firm.code,
        Firm,
        (),
        lambda name, shape: at_point(dialect, Firm.point, Firm.code, name, shape),
        sa.and_(Firm.point.is_not(None), Firm.active),
        lambda key, told, beside: Feature(key, told, _point(beside)),
        _coordinates(Firm.point),
    )


def _cases(seen: Detail, active: ActiveMap, dialect: str, known: Known) -> Rows:
    spots = labels(active.versions)
    made = case_columns(seen)
    exact, given = made["exact"], {"category_name", "grid_name", "unit_name", "place"}
    names = [field.name for field in LAYERS["cases"].fields if field.name not in given]
    categories, grids, units = known.categories, known.maps.grids, known.office.units

    def place(name: str, shape: Any) -> sa.ColumnElement[bool]:
        # A narrow shape must not find the place of a case that is shown as its cell.
        near = at_point(dialect, Case.point, Case.id, name, shape)
        inside = _matching(spots, name, shape)
        return sa.or_(sa.and_(exact, near), sa.and_(sa.not_(exact), Case.cell_code.in_(inside)))

    def dress(key: str, told: dict[str, Any], beside: Mapping[str, Any]) -> Feature:
        shape = _point(beside) if beside["exact"] else spots.get(told["cell"])
        how = "none" if shape is None else "exact" if beside["exact"] else "cell"
        told |= {
            "category_name": _name(categories, told["category"]),
            "grid_name": _name(grids, told["grid"]),
            "unit_name": _name(units, told["unit"]),
            "place": how,
        }
        return Feature(key, told, shape)

    return Rows(
        COLLECTIONS["cases"],
        dialect,
        {name: made[name] for name in names},
        Case.number,
        Case,
        (seen.shown,),
        place,
        sa.or_(
            sa.and_(exact, Case.point.is_not(None)),
            sa.and_(sa.not_(exact), Case.cell_code.is_not(None)),
        ),
        dress,
        {name: made[name] for name in ("lon", "lat", "exact")},
    )


def _public(seen: Detail, dialect: str, known: Known) -> Rows:
    told = sorted(one.code for one in known.categories.values() if one.public == "text")
    columns = {
        "number": Case.number,
        "status": Case.status,
        "category": Case.category_code,
        "kind": Case.kind,
        "text": sa.case((Case.category_code.in_(told), Case.public_text), else_=sa.null()),
        "cell": Case.cell_code,
        "grid": Case.grid_code,
        "reported_at": Case.reported_at,
    }

    def dress(key: str, told: dict[str, Any], beside: Mapping[str, Any]) -> Feature:
        told["category_name"] = _name(known.categories, told["category"])
        return Feature(key, told, _point(beside))

    return Rows(
        COLLECTIONS["cases"],
        dialect,
        columns,
        Case.number,
        Case,
        (seen.shown, seen.exact),
        lambda name, shape: at_point(dialect, Case.point, Case.id, name, shape),
        Case.point.is_not(None),
        dress,
        _coordinates(Case.point),
    )


def _load(
    seen: Detail,
    active: ActiveMap,
    dialect: str,
    at: datetime,
    known: Known,
    keys: Sequence[str] | None = None,
) -> Rows:
    found = {cell.code: cell for cell in cells_of(active)}
    only = None if keys is None else {key.partition(".")[0] for key in keys}
    table = loads.per_cell(seen, _versions(active), loads.periods(at, known, seen.public), only)
    names = ("cell", "grid", "period", "begins", "ends", "reported", "open", "few")

    def dress(key: str, told: dict[str, Any], beside: Mapping[str, Any]) -> Feature:
        cell = found[told["cell"]]
        told["few"] = bool(told["few"])
        told["per_ha"] = loads.per_hectare(told["reported"], cell.area_m2)
        return Feature(key, told, cell.shape)

    return Rows(
        COLLECTIONS["load"],
        dialect,
        {name: table.c[name] for name in names},
        table.c.key,
        table,
        (),
        _by_code({code: cell.shape for code, cell in found.items()}, table.c.cell),
        sa.true(),
        dress,
        {},
        table.c.ends,
        frozenset({"reported", "open", "few"}),
        None if keys is not None else lambda keys: _load(seen, active, dialect, at, known, keys),
    )


def _versions(active: ActiveMap) -> list[int]:
    return [version.info.id for version in active.versions]


def _by_code(shapes: Mapping[str, Any], column: Any) -> Place:
    """Return how a predicate is a condition on codes, whose shapes are at hand."""
    return lambda name, shape: column.in_(_matching(shapes, name, shape))


def _matching(shapes: Mapping[str, Any], name: str, shape: Any) -> list[str]:
    if not shapes:
        return []
    shapely.prepare(shape)
    found = PREDICATES[name][0](list(shapes.values()), shape)
    return sorted(code for code, yes in zip(shapes, found.tolist(), strict=True) if yes)


def _coordinates(point: Any) -> dict[str, Any]:
    return {
        "lon": sa.func.ST_X(point, type_=sa.Float),
        "lat": sa.func.ST_Y(point, type_=sa.Float),
    }


def _point(beside: Mapping[str, Any]) -> Any:
    return None if beside["lon"] is None else shapely.Point(beside["lon"], beside["lat"])


def _name(of: Mapping[str, Any], code: str | None) -> str | None:
    found = of.get(code or "")
    return found.name if found else None


def _rounded(told: dict[str, Any]) -> dict[str, Any]:
    return {n: round(v, 2) if isinstance(v, float) else v for n, v in told.items()}
