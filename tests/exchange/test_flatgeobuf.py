"""The index of FlatGeobufs that we write: found by it what lies there, and nothing else."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.exchange import flatgeobuf
from gridgov.exchange.flatgeobuf import NotIndexed, hilbert, index
from tests.exchange.other_gdal import read

SIDE = st.integers(-1000, 1000).map(lambda n: n / 8)
PLACES = st.one_of(st.none(), st.tuples(SIDE, SIDE))


def written(path: Path, shapes: Any, kind: str) -> None:
    """Write features without an index, each with its number."""
    path.unlink(missing_ok=True)
    table = pa.table({"n": pa.array(range(len(shapes)), pa.int64()),
                      "geom": pa.array(list(shapely.to_wkb(shapes)), pa.binary())})  # fmt: skip
    pyogrio.write_arrow(
        table, path, driver="FlatGeobuf", geometry_name="geom", geometry_type=kind,
        crs="EPSG:4490", layer_options={"SPATIAL_INDEX": "NO"},
    )  # fmt: skip


def numbers(path: Path, box: tuple[float, ...] | None = None) -> list[int]:
    _, _, _, values = pyogrio.raw.read(path, bbox=box, columns=["n"])
    return sorted(int(n) for n in values[0])


@pytest.mark.parametrize("kind", ["Point", "Polygon"])
@given(places=st.lists(PLACES, min_size=1, max_size=60), box=st.tuples(SIDE, SIDE, SIDE, SIDE))
@settings(max_examples=60, deadline=None)
def test_a_box_finds_what_lies_in_it(
    kind: str, places: list[Any], box: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"{kind}.fgb"
    shapes = np.array([None if one is None else shapely.Point(one) for one in places])
    if kind == "Polygon":
        shapes = shapely.buffer(shapes, 3.0, quad_segs=2)
    written(path, shapes, kind)
    bounds = shapely.bounds(shapes)
    index(path, bounds[:, :2] if kind == "Point" else bounds)
    west, east = sorted(box[::2])
    south, north = sorted(box[1::2])
    inside = shapely.intersects(shapes, shapely.box(west, south, east, north))
    assert numbers(path, (west, south, east, north)) == np.flatnonzero(inside).tolist()
    assert numbers(path) == list(range(len(places)))


@pytest.mark.parametrize("count", [1, 2, 16, 17, 256, 257, 5000])
def test_another_gdal_finds_the_same(count: int, tmp_path: Path) -> None:
    xy = np.random.default_rng(count).uniform(0, 1, (count, 2))
    path = tmp_path / "points.fgb"
    written(path, shapely.points(xy), "Point")
    index(path, xy)
    inside = ((xy >= 0.25) & (xy <= 0.5)).all(axis=1)
    assert numbers(path, (0.25, 0.25, 0.5, 0.5)) == np.flatnonzero(inside).tolist()
    layer = next(iter(read(path).values()))
    assert sorted(one["properties"]["n"] for one in layer["features"]) == list(range(count))
    # Whoever reads on from one leaf to the next finds the features in that order too.
    assert pyogrio.read_info(path)["capabilities"]["fast_spatial_filter"]


def test_the_curve_goes_everywhere_once_and_never_jumps() -> None:
    side = 64
    x, y = (part.ravel().astype("u8") for part in np.meshgrid(range(side), range(side)))
    order = np.argsort(hilbert(x, y))
    assert len(set(hilbert(x, y).tolist())) == side * side
    steps = np.abs(np.diff(x[order].astype(int))) + np.abs(np.diff(y[order].astype(int)))
    assert set(steps.tolist()) == {1}


def test_what_is_no_such_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "points.fgb"
    written(path, shapely.points([[0, 0], [1, 1]]), "Point")
    with pytest.raises(NotIndexed):
        index(path, np.zeros((3, 2)))
    assert numbers(path) == [0, 1]
    path.write_bytes(b"something else")
    with pytest.raises(NotIndexed):
        index(path, np.zeros((3, 2)))


def test_it_takes_little_memory(tmp_path: Path) -> None:
    count = 100_000
    xy = np.random.default_rng(1).uniform(0, 1, (count, 2))
    path = tmp_path / "points.fgb"
    written(path, shapely.points(xy), "Point")
    tracemalloc.start()
    index(path, xy)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most <= 30 * count + 2 * flatgeobuf.AT_ONCE * 160
