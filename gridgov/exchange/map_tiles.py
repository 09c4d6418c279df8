"""Tiles of the map itself: cells, grids, and how much is going on in each cell.

Made from the map in memory, which is the same on both databases; only counts are asked of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Case
from gridgov.cases.workflow import OPEN
from gridgov.exchange.detail import FEWEST, Detail
from gridgov.exchange.tile import BUFFER, EXTENT, Tile, clipped, encode
from gridgov.park.index import ActiveMap, CellInfo, VersionIndex

HECTARE_M2 = 10_000.0
MANY = 2_000  # more cells than this in a tile are not named one by one


@lru_cache(maxsize=2048)
def cells(versions: tuple[VersionIndex, ...], tile: Tile) -> bytes:
    """Return the cells of a tile, and their codes as points of their own."""
    found = within(versions, tile)
    drawn = [(shape, _facts(cell)) for cell, shape in found]
    return encode("cells", drawn) + _labels("cells_labels", versions, tile, found)


@lru_cache(maxsize=2048)
def grids(active: _Grids, tile: Tile) -> bytes:
    """Return the grids of a tile, and their names as points of their own."""
    drawn, labels = [], []
    made = grid_shapes(active)
    shapes = clipped([shape for _, shape, _ in made], tile) if made else []
    for (facts, _, label), shape in zip(made, shapes, strict=True):
        if shape.is_empty:
            continue
        drawn.append((shape, facts))
        if (point := _inside(label, tile)) is not None:
            labels.append((point, {"code": facts["code"], "name": facts["name"]}))
    return encode("grids", drawn) + encode("grids_labels", labels)


def load(
    session: Session, detail: Detail, versions: tuple[VersionIndex, ...], since: Any, tile: Tile
) -> bytes:
    """Return the cells of a tile with how many cases they had since then and have open now."""
    found = within(versions, tile)
    counts = _counts(session, detail, [cell.code for cell, _ in found], since)
    drawn = []
    for cell, shape in found:
        reported, still = counts.get(cell.code, (0, 0))
        drawn.append((shape, _load(cell, reported, still, public=detail.public)))
    return encode("load", drawn) + _labels("load_labels", versions, tile, found)


def _load(cell: CellInfo, reported: int, still: int, *, public: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": cell.code, "grid": cell.grid}
    if public and reported < FEWEST:
        return facts | {"few": True}
    facts |= {"reported": reported, "per_ha": round(reported / cell.area_m2 * HECTARE_M2, 2)}
    return facts | ({} if public and 0 < still < FEWEST else {"open": still})


def _counts(
    session: Session, detail: Detail, codes: list[str], since: Any
) -> dict[str, tuple[int, int]]:
    still = sa.func.sum(sa.case((Case.status.in_(sorted(OPEN)), 1), else_=0))
    query = (
        sa.select(Case.cell_code, sa.func.count(), still)
        .where(detail.shown, Case.cell_code.is_not(None), Case.reported_at >= since)
        .group_by(Case.cell_code)
    )
    if len(codes) <= MANY:
        query = query.where(Case.cell_code.in_(codes))
    return {code: (int(n), int(left)) for code, n, left in session.execute(query)}


def within(versions: tuple[VersionIndex, ...], tile: Tile) -> list[tuple[CellInfo, Any]]:
    """Return the cells that a tile shows, with their shapes in its units."""
    found = []
    box = shapely.box(*tile.box(BUFFER))
    for version in versions:
        near = [version.cells[n] for n in sorted(_tree(version).query(box).tolist())]
        shapes = clipped([cell.shape for cell in near], tile) if near else []
        found += [(c, s) for c, s in zip(near, shapes, strict=True) if not s.is_empty]
    return found


def labels(versions: tuple[VersionIndex, ...]) -> dict[str, Any]:
    """Return of each cell a point inside it, in degrees."""
    return {code: point for version in versions for code, point in version.inside.items()}


class _Grids:
    """The grids of a map, equal to those of another of the same versions and names."""

    def __init__(self, active: ActiveMap) -> None:
        self.map = active
        self.key = (active.versions, tuple(active.grids.values()))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Grids) and self.key == other.key


def grids_of(active: ActiveMap) -> _Grids:
    """Return what `grids` takes."""
    return _Grids(active)


@lru_cache(maxsize=8)
def grid_shapes(active: _Grids) -> list[tuple[dict[str, Any], Any, Any]]:
    """Return of each grid what is told of it, its shape and a point inside it."""
    made = []
    for version in active.map.versions:
        members: dict[str, list[CellInfo]] = {}
        for cell in version.cells:
            members.setdefault(cell.grid, []).append(cell)
        for code, inside in sorted(members.items()):
            shape = shapely.coverage_union_all([cell.shape for cell in inside])
            grid = active.map.grids[code]
            area = round(sum(cell.area_m2 for cell in inside), 2)
            facts: dict[str, Any] = {"code": code, "name": grid.name, "kind": grid.kind}
            facts |= {"park": grid.park, "cells": len(inside), "area_m2": area}
            made.append((facts, shape, shapely.point_on_surface(shape)))
    return made


@lru_cache(maxsize=8)
def _tree(version: VersionIndex) -> Any:
    return shapely.STRtree([cell.shape for cell in version.cells])


def _facts(cell: CellInfo) -> dict[str, Any]:
    area = round(cell.area_m2, 2)
    return {"code": cell.code, "grid": cell.grid, "area_m2": area, "landmark": cell.landmark}


def _labels(
    name: str, versions: tuple[VersionIndex, ...], tile: Tile, found: list[tuple[CellInfo, Any]]
) -> bytes:
    inside = labels(versions)
    made = []
    for cell, _ in found:
        if (point := _inside(inside[cell.code], tile)) is not None:
            short = cell.code[-3:]
            made.append((point, {"code": cell.code, "short": short, "landmark": cell.landmark}))
    return encode(name, made)


def _inside(point: Any, tile: Tile) -> Any:
    """Return a point in a tile's units; None where another tile shows it."""
    ((x, y),) = tile.pixels(shapely.get_coordinates(point)).tolist()
    return shapely.Point(x, y) if 0 <= x < EXTENT and 0 <= y < EXTENT else None
