"""Cases and firms as rows to leave: what of each somebody may see, asked of the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.find import Wanted
from gridgov.cases.known import Known
from gridgov.cases.tables import Case
from gridgov.errors import NotAllowed
from gridgov.exchange.detail import Detail, detail
from gridgov.exchange.filters import filtered
from gridgov.exchange.layers import CASES, FIRMS, REAL, TEXT, Source
from gridgov.exchange.map_tiles import labels
from gridgov.exchange.rows import batches
from gridgov.people.actors import Actor
from gridgov.people.tables import Firm

EXACT, CELL, NONE = "exact", "cell", "none"
_SAME = ("status", "kind", "urgency", "channel", "external_ref", "outcome", "round",
         "reported_at", "filed_at", "closed_at", "updated_at")  # fmt: skip
_CODES = {"category": Case.category_code, "cell": Case.cell_code, "grid": Case.grid_code,
          "unit": Case.unit_code}  # fmt: skip


def cases(session: Session, wanted: Wanted, actor: Actor, at: datetime, known: Known) -> Source:
    """Return the cases that are wanted, as far as somebody may see them; oldest first."""
    seen = detail(actor, known, at)
    places = labels(known.active(at).versions)
    where = [seen.shown, *filtered(session, wanted, seen, places)]
    count = session.scalar(sa.select(sa.func.count()).select_from(Case).where(*where)) or 0
    query = _query(seen).where(*where).order_by(Case.id)

    def read() -> Iterator[Any]:
        names = {
            "category_name": ("category", {c.code: c.name for c in known.categories.values()}),
            "grid_name": ("grid", {g.code: g.name for g in known.maps.grids.values()}),
            "unit_name": ("unit", {u.code: u.name for u in known.office.units.values()}),
        }
        found = {name: (column, _Lookup(said)) for name, (column, said) in names.items()}
        spots = _Spots(places)
        for batch in batches(session, query, _RAW):
            yield _completed(batch, found, spots)

    return Source(CASES, count, read)


def firms(session: Session, actor: Actor, known: Known) -> Source:
    """Return the directory of firms, without contacts; for people with a duty."""
    if not (actor.machine or actor.duties):
        raise NotAllowed
    there = sa.select(sa.func.count()).select_from(Firm).where(Firm.active)
    count = session.scalar(there) or 0
    place = (sa.func.ST_X(Firm.point, type_=sa.Float), sa.func.ST_Y(Firm.point, type_=sa.Float))
    own = (Firm.name, Firm.credit_code, Firm.address, Firm.cell_code, Firm.branch, Firm.kind)
    query = sa.select(Firm.code, *own, *place).where(Firm.active).order_by(Firm.code)
    return Source(FIRMS, count, lambda: batches(session, query, FIRMS.schema))


def _query(seen: Detail) -> sa.Select[Any]:
    made = columns(seen)
    return sa.select(*(made[name].label(name) for name in _RAW.names))


def columns(seen: Detail) -> dict[str, Any]:
    """Return what of a case leaves, by its name, as somebody gets it."""
    nothing = sa.null()
    made: dict[str, Any] = {name: getattr(Case, name) for name in _SAME}
    made |= _CODES | {
        "number": Case.number,
        "text": sa.case(
            (seen.text, sa.func.coalesce(Case.summary, Case.description)), else_=Case.summary
        ),
        "result": sa.case((seen.text, Case.result), else_=nothing),
        "address": sa.case((seen.exact, Case.address), else_=nothing),
        "lon": sa.case((seen.exact, sa.func.ST_X(Case.point, type_=sa.Float)), else_=nothing),
        "lat": sa.case((seen.exact, sa.func.ST_Y(Case.point, type_=sa.Float)), else_=nothing),
        "exact": seen.exact,
    }
    return made


_GIVEN = {"category_name", "grid_name", "unit_name", "place"}
_RAW = pa.schema(
    [
        *((field.name, field.type) for field in CASES.fields if field.name not in _GIVEN),
        ("lon", REAL),
        ("lat", REAL),
        ("exact", pa.bool_()),
    ]
)


class _Lookup:
    """Names by code, for whole columns at once."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self._codes = pa.array(list(said), type=TEXT)
        self._names = pa.array(list(said.values()), type=TEXT)

    def __call__(self, codes: Any) -> Any:
        return self._names.take(pc.index_in(codes, value_set=self._codes))


class _Spots:
    """A point of each cell, which stands for what lies in it."""

    def __init__(self, places: Mapping[str, Any]) -> None:
        self._codes = pa.array(list(places), type=TEXT)
        xy = shapely.get_coordinates(list(places.values())) if places else np.empty((0, 2))
        self._xy = [pa.array(column, type=REAL) for column in xy.T]

    def __call__(self, codes: Any) -> tuple[Any, Any]:
        where = pc.index_in(codes, value_set=self._codes)
        lon, lat = (column.take(where) for column in self._xy)
        return lon, lat


def _completed(batch: Any, names: dict[str, tuple[str, _Lookup]], spots: _Spots) -> Any:
    exact, lon, lat = batch.column("exact"), batch.column("lon"), batch.column("lat")
    there = pc.and_(exact, pc.is_valid(lon))
    x, y = spots(batch.column("cell"))
    coarse = pc.and_(pc.invert(exact), pc.is_valid(x))
    place = pc.if_else(there, EXACT, pc.if_else(coarse, CELL, NONE))
    made = {name: lookup(batch.column(column)) for name, (column, lookup) in names.items()}
    made |= {"place": place, "lon": pc.if_else(coarse, x, lon), "lat": pc.if_else(coarse, y, lat)}
    columns = [made[n] if n in made else batch.column(n) for n in CASES.schema.names]
    return pa.record_batch(columns, schema=CASES.schema)
