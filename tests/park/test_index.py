from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.database import dialect_of, make_engine, transaction
from gridgov.epochs import bump
from gridgov.park.index import CellInfo, Located, VersionIndex, VersionInfo, maps
from gridgov.park.tables import Area, Cell
from tests.park.maps import (
    DAY,
    SOUTH,
    STEP,
    WEST,
    add_demo,
    add_map,
    add_park,
    brute,
    demo_plan,
    squares,
)

PLAN = demo_plan()
INDEX = VersionIndex(
    VersionInfo(1, "demo", DAY),
    PLAN.boundary,
    [CellInfo(c.code, c.grid or "", 1.0, 1.0, None, c.geometry) for c in PLAN.cells],
)
CORNERS = sorted({xy for cell in PLAN.cells for xy in cell.geometry.exterior.coords})
W, S, E, N = PLAN.boundary.bounds
lons = st.floats(W - 0.001, E + 0.001)
lats = st.floats(S - 0.001, N + 0.001)


def code(located: Located | None) -> str | None:
    return located.cell if located else None


@given(lons, lats)
def test_locating_agrees_with_asking_every_cell(lon: float, lat: float) -> None:
    assert code(INDEX.locate(lon, lat)) == brute(PLAN, lon, lat)


@given(st.sampled_from(CORNERS), st.sampled_from(CORNERS), st.sampled_from([0.0, 0.5, 1.0]))
def test_corners_and_edges_go_to_the_lowest_code(
    one: tuple[float, float], two: tuple[float, float], part: float
) -> None:
    lon, lat = one[0] + (two[0] - one[0]) * part, one[1] + (two[1] - one[1]) * part
    assert code(INDEX.locate(lon, lat)) == brute(PLAN, lon, lat)


@given(st.lists(st.tuples(lons, lats), max_size=20))
def test_many_points_are_located_as_one_by_one(points: list[tuple[float, float]]) -> None:
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    assert INDEX.locate_many(x, y) == [INDEX.locate(lon, lat) for lon, lat in points]


def test_every_cell_holds_a_point_of_its_own() -> None:
    for cell in PLAN.cells:
        inside = cell.geometry.representative_point()
        assert code(INDEX.locate(inside.x, inside.y)) == cell.code


def test_locating_agrees_with_the_database(session: Session) -> None:
    plan = add_demo(session)
    active = maps(session).at(DAY)
    random = np.random.default_rng(20261122)
    points = [(random.uniform(W, E), random.uniform(S, N)) for _ in range(150)]
    points += [CORNERS[i] for i in random.integers(0, len(CORNERS), 50)]
    points += [(cell.geometry.centroid.x, cell.geometry.centroid.y) for cell in plan.cells[::20]]
    for lon, lat in points:
        point = sa.func.ST_GeomFromText(f"POINT({float(lon)!r} {float(lat)!r})", 4490)
        hit = sa.func.ST_Intersects(Cell.shape, point)
        where = hit if dialect_of(session) == "postgresql" else hit == 1
        found = session.scalar(sa.select(sa.func.min(Cell.code)).where(where))
        assert code(active.locate(float(lon), float(lat))) == found, (lon, lat)


def test_a_point_on_a_shared_edge_belongs_to_the_lower_code(session: Session) -> None:
    add_park(session)
    version = add_map(session, squares(2, 1))
    active = maps(session).at(DAY)
    here = active.locate(WEST + STEP, SOUTH + STEP / 2)
    assert here is not None
    assert here[:4] == ("330203008001001", "a", "park", version.id)
    assert here.area_m2 == pytest.approx(10_700, rel=0.01)


def test_the_lower_code_wins_across_parks_too(session: Session) -> None:
    add_park(session, "p", "ab")
    add_park(session, "q", "cd")
    add_map(session, squares(1, 1, community="330203008002"), "p")
    east = squares(1, 1, west=WEST + STEP)
    east = type(east)(tuple(type(c)(c.code, c.geometry, "c") for c in east.cells), east.boundary)
    add_map(session, east, "q")
    active = maps(session).at(DAY)
    edge = (WEST + STEP, SOUTH + STEP / 2)
    assert code(active.locate(*edge)) == "330203008001001"
    assert active.locate(*edge) == active.locate_many(*np.array([edge]).T)[0]
    assert code(active.locate(WEST + STEP / 2, SOUTH + STEP / 2)) == "330203008002001"
    nearest = active.nearest_park(WEST + 3 * STEP, SOUTH)
    assert nearest is not None and nearest.code == "q"
    nearest = active.nearest_park(WEST - 3 * STEP, SOUTH)
    assert nearest is not None and nearest.code == "p"


def test_outside_and_swapped(session: Session) -> None:
    add_park(session)
    add_map(session, squares(2, 2))
    active = maps(session).at(DAY)
    assert active.locate(0.0, 0.0) is None and not active.swapped(0.0, 0.0)
    assert active.swapped(SOUTH + STEP, WEST + STEP)
    assert not active.swapped(WEST + STEP, SOUTH + STEP)
    assert active.locate(float("1e300"), -1e300) is None


def test_without_a_map_nothing_is_located(session: Session) -> None:
    add_park(session)
    active = maps(session).at(DAY)
    assert active.locate(WEST, SOUTH) is None
    assert active.locate_many(np.array([WEST]), np.array([SOUTH])) == [None]
    assert active.nearest_park(WEST, SOUTH) is None
    assert active.park("park") is not None and active.park("other") is None
    assert active.grid("a") is not None and active.grid("z") is None


def test_a_day_has_the_latest_version_from_then_or_before(session: Session) -> None:
    add_park(session)
    first = add_map(session, squares(1, 1), active_from=date(2026, 1, 1))
    second = add_map(session, squares(2, 1), active_from=date(2026, 6, 1))
    index = maps(session)
    point = (WEST + STEP / 2, SOUTH + STEP / 2)
    assert index.at(date(2025, 12, 31)).locate(*point) is None
    for day, version in (
        (date(2026, 1, 1), first),
        (date(2026, 5, 31), first),
        (date(2026, 6, 1), second),
        (date(2099, 1, 1), second),
    ):
        found = index.at(day).locate(*point)
        assert found is not None and found.version_id == version.id
    assert [version.active_from for version in index.versions("park")] == [
        date(2026, 1, 1),
        date(2026, 6, 1),
    ]


def test_an_index_is_built_once(session: Session) -> None:
    add_park(session)
    add_map(session, squares(1, 1))
    assert maps(session).at(DAY) is maps(session).at(DAY + timedelta(days=1))


def test_areas_are_known(session: Session) -> None:
    session.add(Area(code="330203008", name="street"))
    session.flush()
    bump(session, "map")
    assert maps(session).areas["330203008"].name == "street"


def test_an_import_is_seen_in_other_processes_and_a_rollback_by_nobody(
    fresh_engine: Engine,
) -> None:
    other = make_engine(fresh_engine.url)
    point = (WEST + STEP * 1.5, SOUTH + STEP / 2)

    def seen(engine: Engine) -> Located | None:
        with transaction(engine, write=False) as session:
            return maps(session).at(DAY).locate(*point)

    with transaction(fresh_engine) as session:
        add_park(session)
        add_map(session, squares(1, 1))
    assert seen(fresh_engine) is None and seen(other) is None

    class Undone(Exception):
        pass

    with pytest.raises(Undone), transaction(fresh_engine) as session:
        add_map(session, squares(2, 1), active_from=date(2026, 2, 1))
        assert code(maps(session).at(DAY).locate(*point)) == "330203008001002"
        raise Undone
    assert seen(fresh_engine) is None and seen(other) is None
    with transaction(fresh_engine) as session:
        # SQLite gives this version the number of the one that was undone.
        add_map(session, squares(1, 2), active_from=date(2026, 2, 1))
    assert seen(fresh_engine) is None and seen(other) is None
    with transaction(other) as session:
        add_map(session, squares(2, 2), active_from=date(2026, 3, 1))
    assert code(seen(fresh_engine)) == code(seen(other)) == "330203008001004"
    other.dispose()
