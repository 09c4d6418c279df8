from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from geo.coverage import CellRow
from geo.datum import from_cgcs2000
from geo.errors import GeoError
from geo.files import write_layer
from geo.measure import area_m2
from gridgov.database import transaction
from gridgov.errors import GridgovError
from gridgov.park.import_map import (
    CellCodesTaken,
    GridsUnknown,
    MapNotNewer,
    MapRefused,
    MapShifted,
    ParkUnknown,
    check,
    import_map,
)
from gridgov.park.read_map import BoundaryMissing, MapFieldMissing, MapPlan, read_plan
from gridgov.park.tables import Cell, MapVersion
from tests.park.maps import (
    DEMO,
    NOW,
    add_demo,
    add_map,
    add_park,
    demo_plan,
    replaced,
    squares,
    write_geojson,
)

DEMO_BYTES = (DEMO / "boundary.geojson").read_bytes()


def shifted(plan: MapPlan, datum: str) -> MapPlan:
    cells = [
        CellRow(
            cell.code,
            shapely.transform(
                cell.geometry,
                lambda xy: shapely.get_coordinates(
                    shapely.points(*from_cgcs2000(xy[:, 0], xy[:, 1], datum))
                ),
            ),
            cell.grid,
        )
        for cell in plan.cells
    ]
    return replaced(plan, cells)


def counted(session: Session) -> tuple[int, int]:
    versions = session.scalar(sa.select(sa.func.count()).select_from(MapVersion)) or 0
    return versions, session.scalar(sa.select(sa.func.count()).select_from(Cell)) or 0


def test_the_demonstrations_map_is_a_map(session: Session) -> None:
    plan = add_demo(session)
    assert 370 <= len(plan.cells) <= 410
    assert len({cell.grid for cell in plan.cells}) == 24
    assert area_m2(plan.boundary) == pytest.approx(3_900_000, abs=10_000)
    stored = session.execute(sa.select(Cell.code, Cell.area_m2, Cell.begins, Cell.ends)).all()
    assert {row.code for row in stored} == {cell.code for cell in plan.cells}
    assert sum(row.area_m2 for row in stored) == pytest.approx(area_m2(plan.boundary), abs=1)
    assert {(row.begins, row.ends) for row in stored} == {(date(2026, 1, 1), None)}


def test_shapes_come_back_as_they_were(session: Session) -> None:
    add_park(session)
    plan = squares(3, 2)
    version = add_map(session, plan)
    rows = session.execute(
        sa.select(Cell.code, sa.func.ST_AsBinary(Cell.shape, type_=sa.LargeBinary)).where(
            Cell.version_id == version.id
        )
    )
    stored = {code: shapely.from_wkb(bytes(raw)) for code, raw in rows}
    assert all(shapely.equals_exact(stored[c.code], c.geometry) for c in plan.cells)


@pytest.mark.parametrize("wrong", ["gap", "overlap", "duplicate", "code", "grid", "ring"])
def test_an_invalid_map_leaves_nothing_behind(session: Session, wrong: str) -> None:
    add_park(session)
    add_map(session, squares(2, 2))
    plan = squares(3, 3)
    cells = list(plan.cells)
    first = cells[4]
    if wrong == "gap":
        del cells[4]
    elif wrong == "overlap":
        cells[4] = CellRow(first.code, first.geometry.buffer(1e-4), first.grid)
    elif wrong == "duplicate":
        cells[4] = CellRow(cells[0].code, first.geometry, first.grid)
    elif wrong == "code":
        cells[4] = CellRow("12345", first.geometry, first.grid)
    elif wrong == "grid":
        cells[4] = CellRow(first.code, first.geometry, None)
    else:
        west, south, east, north = first.geometry.bounds
        bow = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
        cells[4] = CellRow(first.code, bow, first.grid)
    before = counted(session)
    with pytest.raises(MapRefused) as refused:
        add_map(session, replaced(plan, cells), active_from=date(2026, 2, 1))
    assert any(found.fatal for found in refused.value.findings)
    assert not isinstance(refused.value, MapShifted)
    assert counted(session) == before


@pytest.mark.parametrize(("datum", "name"), [("gcj02", "GCJ-02"), ("bd09", "BD-09")])
def test_a_shifted_map_is_recognised(session: Session, datum: str, name: str) -> None:
    add_park(session, "demo", "")
    with pytest.raises(MapShifted) as refused:
        import_map(session, "demo", shifted(demo_plan(), datum), date(2026, 1, 1), NOW, "test")
    assert name in str(refused.value) and f"--coord-type {datum}" in str(refused.value)
    assert counted(session) == (0, 0)


def test_a_shifted_map_without_a_boundary_is_told_by_the_one_before(session: Session) -> None:
    plan = add_demo(session)
    moved = shifted(plan, "gcj02")
    alone = MapPlan(moved.cells, shapely.union_all([c.geometry for c in moved.cells]), False)
    with pytest.raises(MapShifted):
        import_map(session, "demo", alone, date(2026, 2, 1), NOW, "test")


def test_a_shifted_file_fits_once_its_datum_is_named(tmp_path: Path) -> None:
    file = write_geojson(tmp_path / "moved.geojson", shifted(demo_plan(), "gcj02"))
    boundary = str(DEMO / "boundary.geojson")
    assert any(found.fatal for found in check(read_plan(file, boundary=boundary)))
    named = read_plan(file, boundary=boundary, coord_type="gcj02")
    assert not [found for found in check(named) if found.fatal]


def test_unknown_grids_are_named(session: Session) -> None:
    add_park(session, "park", "a")
    add_park(session, "other", "b")
    with pytest.raises(GridsUnknown, match=": b"):
        add_map(session, squares(2, 1))
    assert counted(session) == (0, 0)


def test_an_unknown_park(session: Session) -> None:
    with pytest.raises(ParkUnknown, match="nowhere"):
        add_map(session, squares(2, 1), "nowhere")


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 2, 28)])
def test_a_map_must_be_newer_than_the_one_before(session: Session, day: date) -> None:
    add_park(session)
    add_map(session, squares(2, 1), active_from=date(2026, 3, 1))
    with pytest.raises(MapNotNewer, match="2026-03-01"):
        add_map(session, squares(2, 1), active_from=day)


def test_cells_that_stay_keep_their_beginning_and_others_end(session: Session) -> None:
    add_park(session)
    first = add_map(session, squares(2, 1), active_from=date(2026, 1, 1))
    second = add_map(session, squares(2, 2, south=29.88 - 0.001), active_from=date(2026, 5, 1))
    rows = session.execute(
        sa.select(Cell.version_id, Cell.code, Cell.begins, Cell.ends).order_by(
            Cell.version_id, Cell.code
        )
    ).all()
    old, new = date(2026, 1, 1), date(2026, 5, 1)
    assert [(row.version_id, row.code[-1], row.begins, row.ends) for row in rows] == [
        (first.id, "1", old, None),
        (first.id, "2", old, None),
        (second.id, "1", old, None),
        (second.id, "2", old, None),
        (second.id, "3", new, None),
        (second.id, "4", new, None),
    ]
    add_map(session, squares(1, 1), active_from=date(2026, 6, 1))
    ends = dict(
        session.execute(sa.select(Cell.code, Cell.ends).where(Cell.version_id == second.id)).all()
    )
    assert {code[-1]: end for code, end in ends.items()} == {
        "1": None,
        **dict.fromkeys("234", date(2026, 6, 1)),
    }


def test_another_parks_codes_are_taken(session: Session) -> None:
    add_park(session, "park", "ab")
    add_park(session, "other", "cd")
    add_map(session, squares(2, 1))
    far = squares(1, 1, west=121.6)
    far = replaced(far, [CellRow(c.code, c.geometry, "c") for c in far.cells])
    with pytest.raises(CellCodesTaken, match="330203008001001"):
        add_map(session, far, "other", date(2026, 4, 1))
    moved_on = squares(2, 1, community="330203008002")
    add_map(session, moved_on, "park", date(2026, 3, 1))
    add_map(session, far, "other", date(2026, 4, 1))


def test_a_large_map_goes_in_at_once(fresh_engine: Engine) -> None:
    plan = squares(70, 70)  # a community has 999 cells at most
    cells = [
        CellRow(f"3302030080{i // 999:02}{i % 999 + 1:03}", c.geometry, "a")
        for i, c in enumerate(plan.cells)
    ]
    with transaction(fresh_engine) as session:
        add_park(session)
        add_map(session, replaced(plan, cells))
        assert counted(session) == (1, 4900)


def test_a_file_without_the_fields_named(tmp_path: Path) -> None:
    with pytest.raises(MapFieldMissing, match="it has name, note"):
        read_plan(DEMO / "boundary.geojson")
    with pytest.raises(MapFieldMissing, match="--grids"):
        read_plan(DEMO / "cells.geojson", grid_field="leader")
    file = tmp_path / "points.geojson"
    write_layer(file, [shapely.Point(0, 0)], {"code": ["1"], "grid": ["a"]})
    with pytest.raises(BoundaryMissing):
        read_plan(file)


def test_a_layer_of_the_same_file_may_be_the_boundary(tmp_path: Path) -> None:
    plan, file = squares(2, 2), tmp_path / "map.gpkg"
    fields = {"number": [int(c.code) for c in plan.cells], "grid": ["a"] * 4}
    write_layer(file, [c.geometry for c in plan.cells], fields, layer="cells")
    write_layer(file, [plan.boundary], {"name": ["all"]}, layer="boundary", append=True)
    found = read_plan(file, code_field="number")
    assert found.boundary_given
    assert {c.code for c in found.cells} == {c.code for c in plan.cells}
    assert not check(found)


def test_without_a_boundary_a_hole_is_a_gap(tmp_path: Path) -> None:
    plan = squares(3, 3)
    file = write_geojson(tmp_path / "map.geojson", replaced(plan, plan.cells[:4] + plan.cells[5:]))
    assert [found.kind for found in check(read_plan(file))] == ["gap"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(st.integers(0, len(DEMO_BYTES)), st.binary(max_size=8)).map(
            lambda cut: DEMO_BYTES[: cut[0]] + cut[1] + DEMO_BYTES[cut[0] + len(cut[1]) :]
        ),
    ),
    st.sampled_from(["x.geojson", "x.gpkg", "x.fgb", "x.shp", "x.zip", "x.shp.zip"]),
)
def test_whatever_the_file_holds_only_our_errors_come_out(
    tmp_path: Path, raw: bytes, name: str
) -> None:
    file = tmp_path / name
    file.write_bytes(raw)
    try:
        plan = read_plan(file, code_field="name", grid_field="name")
        check(plan)
    except (GeoError, GridgovError) as error:
        assert str(error)


coordinates = st.floats() | st.floats(-180, 180) | st.floats(121.4, 121.5)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=6), max_size=4))
def test_whatever_the_shapes_are_only_our_errors_come_out(
    session: Session, rings: list[list[tuple[float, float]]]
) -> None:
    try:
        shapes = [shapely.Polygon(ring) for ring in rings]
    except shapely.errors.GEOSException:
        reject()
    cells = [CellRow(f"330203008001{i:03}", shape, "a") for i, shape in enumerate(shapes)]
    with session.begin_nested() as undone:
        add_park(session)
        try:
            add_map(session, MapPlan(tuple(cells), shapely.box(121.4, 29.8, 121.5, 29.9)))
        except (GeoError, GridgovError) as error:
            assert str(error)
        undone.rollback()
