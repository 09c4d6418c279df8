"""Locating: many points against a bare STRtree, and one point in-process."""

from __future__ import annotations

from datetime import date
from time import perf_counter
from typing import Any

import numpy as np
import shapely

from geo.locate import CellIndex
from gridgov.database import transaction
from gridgov.park.index import maps
from tests.bench.figures import Figure, alternate, medians, ratio, say
from tests.bench.ground import EAST, NORTH, SOUTH, WEST, Ground, make_park, park_cells, points
from tests.support.databases import opened
from tests.support.town import build

POINTS = 1_000_000
MANY = 100_000
ROUNDS = 5
SINGLE = 20_000


def run(ground: Ground) -> list[Figure]:
    """Measure."""
    say("locate: making the cells")
    return [
        _many(park_cells()),
        _many(_voronoi(MANY)),
        _one(ground),
    ]


def _many(cells: Any) -> Figure:
    where = points(POINTS)
    x, y = np.ascontiguousarray(where[:, 0]), np.ascontiguousarray(where[:, 1])
    asked = shapely.points(x, y)
    index = CellIndex([f"{n:06}" for n in range(len(cells))], list(cells))
    tree = shapely.STRtree(cells)
    hits = tree.query(asked[:1000], predicate="intersects")[0]
    assert len(np.unique(hits)) == (index.locate_many(x[:1000], y[:1000]) >= 0).sum()
    rounds = alternate(
        ROUNDS,
        lambda: _timed(index.locate_many, x, y),
        lambda: _timed(tree.query, asked, predicate="intersects"),
        name=f"locate: seconds over {len(cells):,} cells",
    )
    ours, peer = medians(rounds)
    return Figure(
        f"locate 10⁶ points over {len(cells):,} cells",
        f"{ours:.2f} s",
        f"bare `STRtree.query`: {peer:.2f} s",
        f"{ratio(rounds):.2f}",
        "≤ 1.5",
    )


def _timed(call: Any, *given: Any, **more: Any) -> float:
    began = perf_counter()
    call(*given, **more)
    return perf_counter() - began


def _voronoi(count: int) -> Any:
    """Return convex cells that fill the park's square."""
    box = shapely.box(WEST, SOUTH, EAST, NORTH)
    sites = shapely.multipoints(points(count, seed=2))
    cells = shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=box))
    cut = shapely.intersection(cells, box)
    return cut[shapely.get_type_id(cut) == 3]


def _one(ground: Ground) -> Figure:
    with opened(ground.sqlite, ground.sqlite.copy()) as engine:
        with transaction(engine) as session:
            build(session)
            make_park(session)
        with transaction(engine, write=False) as session:
            index = maps(session)
            day, where = date(2026, 1, 1), points(SINGLE, seed=3).tolist()
            assert all(index.at(day).locate(*point) for point in where[:100])

            def each() -> float:
                began = perf_counter()
                for lon, lat in where:
                    index.at(day).locate(lon, lat)
                return (perf_counter() - began) / len(where) * 1e6

            rounds = alternate(ROUNDS, each, name="locate: µs for one point")
    (micros,) = medians(rounds)
    return Figure("locate one point over 390 cells", f"{micros:.1f} µs", wanted="≤ 50 µs")
