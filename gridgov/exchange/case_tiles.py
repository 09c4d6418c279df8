"""Tiles of cases: one by one from z14 on, in heaps with counts below.

A case whose place is shown as its cell only is counted there, never drawn by itself. People with a
duty are told what is late.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import pi
from typing import Any, NamedTuple

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Case
from gridgov.cases.workflow import OPEN
from gridgov.database import LonLat, dialect_of, near_box
from gridgov.exchange.detail import FEWEST, Detail
from gridgov.exchange.map_tiles import labels
from gridgov.exchange.tile import BUFFER, EXTENT, Tile, encode
from gridgov.park.index import VersionIndex

SINGLE_FROM = 14
HEAP = 512  # of the extent: eight heaps a side
MANY = 2_000
PUBLIC_FACTS = {"category": Case.category_code, "kind": Case.kind, "status": Case.status}
FACTS = {
    "number": Case.number,
    **PUBLIC_FACTS,
    "urgency": Case.urgency,
    "grid": Case.grid_code,
    "cell": Case.cell_code,
    "unit": Case.unit_code,
}
_STILL = sa.case((Case.status.in_(sorted(OPEN)), 1), else_=0)


class Heap(NamedTuple):
    """Cases near each other: how many, of them open and late, and their centre in tile units."""

    cases: int
    still: int
    late: int
    x: float
    y: float


def cases(
    session: Session,
    detail: Detail,
    versions: tuple[VersionIndex, ...],
    tile: Tile,
    more: Iterable[sa.ColumnElement[bool]] = (),
) -> bytes:
    """Return the cases of a tile; `more` are conditions of a filter."""
    wanted = [detail.shown, *more]
    in_cells = _in_cells(session, detail, versions, wanted, tile)
    if tile.z < SINGLE_FROM:
        heaps = _heaps(session, detail, wanted, tile)
        merged = _merged(heaps, in_cells, detail)
        return encode("cases", [_drawn(heap, detail) for heap in merged])
    counted = [_drawn(heap, detail, {"cell": code}) for code, heap in in_cells]
    return _single(session, detail, wanted, tile) + encode("cases_in_cells", counted)


def _drawn(
    heap: Heap, detail: Detail, facts: dict[str, Any] | None = None
) -> tuple[Any, dict[str, Any]]:
    counts = {"count": heap.cases}
    if not (detail.public and 0 < heap.still < FEWEST):
        counts["open"] = heap.still
    if detail.late is not None:
        counts["late"] = heap.late
    return shapely.Point(heap.x, heap.y), counts | (facts or {})


def _single(session: Session, detail: Detail, wanted: list[Any], tile: Tile) -> bytes:
    facts = PUBLIC_FACTS if detail.public else FACTS
    dialect = dialect_of(session)
    columns: list[Any] = [column.label(name) for name, column in facts.items()]
    states: dict[str, Any] = {"open": Case.status.in_(sorted(OPEN))}
    if detail.late is not None:
        states["late"] = detail.late
    columns += [state.label(name) for name, state in states.items()]
    if dialect == "postgresql":
        query = _one_by_one(detail, wanted, tile, columns)
        made = session.scalar(query, execution_options={"gridgov_bytes": True})
        return bytes(made or b"")
    box = near_box(dialect, Case.point, Case.id, _outward(tile.box(BUFFER)))
    query = sa.select(Case.point, *columns).where(box, detail.exact, *wanted)
    rows = session.execute(query.order_by(Case.id)).all()
    if not rows:
        return b""
    spots = shapely.points(np.rint(tile.pixels(np.array([row[0] for row in rows]))))
    names = [*facts, *states]
    told = [dict(zip(names, row[1:], strict=True)) for row in rows]
    made = [one | {name: bool(one[name]) for name in states} for one in told]
    return encode("cases", list(zip(spots, made, strict=True)))


def _one_by_one(
    detail: Detail, wanted: list[Any], tile: Tile, columns: list[Any]
) -> sa.Select[Any]:
    """Return the whole tile as PostGIS makes it: points need neither PROJ nor clipping."""
    near = near_box("postgresql", Case.point, Case.id, _outward(tile.box(BUFFER)))
    x, y = _pixels(tile)
    spot = sa.func.ST_MakePoint(sa.func.round(x), sa.func.round(y), type_=sa.LargeBinary)
    made = sa.select(spot.label("geom"), *columns).where(near, detail.exact, *wanted)
    inner = made.subquery("t")
    return sa.select(
        sa.func.ST_AsMVT(sa.literal_column("t"), "cases", EXTENT, "geom", type_=sa.LargeBinary)
    ).select_from(inner)


def _outward(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return a box with 32-bit edges around another."""
    beyond = np.array([-np.inf, -np.inf, np.inf, np.inf], np.float32)
    west, south, east, north = np.nextafter(np.array(box, np.float32), beyond).tolist()
    return west, south, east, north


def _pixels(tile: Tile) -> tuple[Any, Any]:
    """Return where a case lies in a tile's own units, as `Tile.pixels` has it, in SQL."""
    size = float(EXTENT * 2**tile.z)
    lon = sa.func.ST_X(Case.point, type_=sa.Float)
    lat = sa.func.ST_Y(Case.point, type_=sa.Float)
    east = (lon + 180.0) / 360.0 * size - float(tile.x * EXTENT)
    down = sa.func.asinh(sa.func.tan(sa.func.radians(lat)), type_=sa.Float) / (2 * pi)
    return east, (0.5 - down) * size - float(tile.y * EXTENT)


def _heaps(session: Session, detail: Detail, wanted: list[Any], tile: Tile) -> list[Heap]:
    dialect = dialect_of(session)
    box = near_box(dialect, Case.point, Case.id, _outward(tile.box()))
    where, late = (box, detail.exact, *wanted), _counted(detail)
    if dialect != "postgresql":
        rows = session.execute(sa.select(Case.point, _STILL, late).where(*where)).all()
        return _heaped([row[0] for row in rows], [row[1:] for row in rows], tile)
    east, south = _pixels(tile)
    spots = (_STILL.label("still"), late.label("late"), east.label("x"), south.label("y"))
    inner = sa.select(*spots).where(*where).subquery()
    x, y = inner.c.x, inner.c.y
    columns = (sa.func.floor(x / HEAP), sa.func.floor(y / HEAP))
    sums = (sa.func.sum(inner.c.still), sa.func.sum(inner.c.late))
    query = (
        sa.select(sa.func.count(), *sums, sa.func.avg(x), sa.func.avg(y))
        .where(x >= 0, x < EXTENT, y >= 0, y < EXTENT)
        .group_by(*columns)
        .order_by(*columns)
    )
    return [
        Heap(int(n), int(still), int(late), float(a), float(b))
        for n, still, late, a, b in session.execute(query)
    ]


def _counted(detail: Detail) -> Any:
    """Return 1 for what is late, as far as it is told."""
    return sa.literal(0) if detail.late is None else sa.case((detail.late, 1), else_=0)


def _heaped(points: list[LonLat], states: list[Any], tile: Tile) -> list[Heap]:
    if not points:
        return []
    xy = tile.pixels(np.array(points))
    inside = ((xy >= 0) & (xy < EXTENT)).all(axis=1)
    xy, told = xy[inside], np.array(states)[inside]
    _, place = np.unique((xy // HEAP).astype(int), axis=0, return_inverse=True)
    place = place.reshape(-1)
    counts = np.bincount(place)
    still, late, x, y = (np.bincount(place, weights=one) for one in (*told.T, *xy.T))
    made = zip(counts, still, late, x / counts, y / counts, strict=True)
    return [Heap(int(n), int(s), int(e), float(a), float(b)) for n, s, e, a, b in made]


def _in_cells(
    session: Session,
    detail: Detail,
    versions: tuple[VersionIndex, ...],
    wanted: list[Any],
    tile: Tile,
) -> list[tuple[str, Heap]]:
    inside = labels(versions)
    if detail.all_exact or not inside:
        return []
    xy = tile.pixels(shapely.get_coordinates(list(inside.values()))).tolist()
    here = {
        code: place
        for code, place in zip(inside, xy, strict=True)
        if all(0 <= part < EXTENT for part in place)
    }
    if not here:
        return []
    query = (
        sa.select(
            Case.cell_code, sa.func.count(), sa.func.sum(_STILL), sa.func.sum(_counted(detail))
        )
        .where(~detail.exact, Case.cell_code.is_not(None), *wanted)
        .group_by(Case.cell_code)
        .order_by(Case.cell_code)
    )
    if len(here) <= MANY:
        query = query.where(Case.cell_code.in_(sorted(here)))
    return [
        (code, Heap(int(n), int(still), int(late), *here[code]))
        for code, n, still, late in session.execute(query)
        if code in here and (n >= FEWEST or not detail.public)
    ]


def _merged(heaps: list[Heap], in_cells: list[tuple[str, Heap]], detail: Detail) -> list[Heap]:
    by_place: dict[tuple[int, int], Heap] = {}
    for heap in [*heaps, *(heap for _, heap in in_cells)]:
        place = (int(heap.x // HEAP), int(heap.y // HEAP))
        other = by_place.get(place)
        by_place[place] = heap if other is None else _together(heap, other)
    fewest = FEWEST if detail.public else 1
    return [heap for _, heap in sorted(by_place.items()) if heap.cases >= fewest]


def _together(one: Heap, two: Heap) -> Heap:
    count = one.cases + two.cases
    x = (one.x * one.cases + two.x * two.cases) / count
    y = (one.y * one.cases + two.y * two.cases) / count
    return Heap(count, one.still + two.still, one.late + two.late, x, y)
