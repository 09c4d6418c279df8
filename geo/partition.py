"""Cutting a boundary into unit cells.

Lines (roads, water) cut first, so that blocks stay whole; blocks still too large are halved along
their longest axis until the pieces fit; slivers join the neighbour with the longest shared edge.
All linework is then noded once on one grid, so neighbours share their vertices exactly.

Coordinates are CGCS2000 longitude/latitude in degrees; shapes are judged in a local metric frame.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Polygon

from geo.errors import BadBoundary, BadCommunity, BadTarget, PartitionFailed, TooManyCells
from geo.halve import Frame, cut_lines
from geo.measure import area_m2, areas_m2
from geo.slivers import join_slivers
from geo.tidy import close_short_edges

GRID_DEGREES = 1e-11  # 1 µm, so that a straight border of 30 km does not gain or lose 1 m²
MAX_RATIO = 1.5  # a piece is split when it is larger than this many targets
SLIVER_RATIO = 0.2  # a piece is a sliver when it is smaller than this part of a target
NOISE_M2 = 1.0  # joined in any case: where cuts cross within a finger's breadth
MAX_SEQUENCE = 999

Progress = Callable[[int, int], None]


def partition(
    boundary: Polygon | MultiPolygon,
    lines: Sequence[LineString | MultiLineString] = (),
    *,
    target_m2: float = 10_000.0,
    sliver_m2: float | None = None,
    progress: Progress | None = None,
) -> list[Polygon]:
    """Cut `boundary` along `lines` and into pieces of about `target_m2`, in reading order.

    A true partition: no gap, no overlap, every vertex of a neighbour on a shared edge is a vertex
    of both, and the areas add up to the boundary's within 1 m². Vertices lie on a grid of
    1e-11 degrees. Pieces under `sliver_m2` (default: a fifth of the target; 1 m² at least) are
    joined where they have a neighbour. `progress(done, total)` is called with estimated numbers of
    cells.

    Raises BadBoundary, BadTarget, and PartitionFailed where the areas do not add up.
    """
    if not 1.0 <= target_m2 < np.inf:
        raise BadTarget(target=target_m2)
    whole = _checked(boundary)
    frame = Frame.around(whole)
    fixed = _noded([whole.boundary, *_near(lines, whole)])
    blocks = _faces(fixed, whole)
    chords = _chords(blocks, frame, target_m2, progress)
    faces = _faces(_noded([fixed, *chords]), whole) if chords else blocks
    smallest = target_m2 * SLIVER_RATIO if sliver_m2 is None else sliver_m2
    cells = close_short_edges(join_slivers(faces, blocks, max(smallest, NOISE_M2)), fixed)
    difference = float(areas_m2(cells).sum()) - area_m2(boundary)
    if abs(difference) > 1.0:
        raise PartitionFailed(difference=difference)
    return [cells[i] for i in reading_order(cells)]


def _checked(boundary: Any) -> Any:
    if boundary is None or boundary.geom_type not in ("Polygon", "MultiPolygon"):
        raise BadBoundary(reason=getattr(boundary, "geom_type", "None"))
    if boundary.is_empty:
        raise BadBoundary(reason="empty")
    if not boundary.is_valid:
        raise BadBoundary(reason=shapely.is_valid_reason(boundary))
    return shapely.set_precision(shapely.force_2d(boundary), GRID_DEGREES)


def _near(lines: Sequence[Any], whole: Any) -> list[Any]:
    """The lines within some 50 m of the boundary's box: a lake far away must not cost time."""
    west, south, east, north = whole.bounds
    margin = 5e-4
    box = shapely.box(west - margin, south - margin, east + margin, north + margin)
    clipped = shapely.intersection(shapely.force_2d(np.asarray(lines, dtype=object)), box)
    return [part for part in shapely.get_parts(clipped) if part.geom_type == "LineString"]


def _noded(linework: Sequence[Any]) -> Any:
    return shapely.unary_union(list(linework), grid_size=GRID_DEGREES)


def _faces(noded: Any, whole: Any) -> Any:
    """The faces of noded linework inside `whole`: shape (n,) of Polygon."""
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(faces)
    shapely.prepare(whole)
    return faces[shapely.intersects(whole, inside)]


def _chords(blocks: Any, frame: Frame, target_m2: float, progress: Progress | None) -> list[Any]:
    expected = [max(1, round(area / target_m2)) for area in areas_m2(blocks)]
    total = sum(expected)
    chords: list[Any] = []
    for block in blocks:
        for chord in cut_lines(block, frame, target_m2, MAX_RATIO):
            chords.append(chord)
            if progress and len(chords) % 64 == 0:
                progress(min(total, len(chords)), total)
    if progress:
        progress(total, total)
    return chords


def reading_order(cells: Sequence[Polygon] | Any) -> list[int]:
    """The positions of `cells` in reading order: rows from north to south, each west to east.

    Cells need not stand in rows, so a row is made: it begins at the northernmost centroid left and
    takes every cell whose centroid is at most half a typical cell's side further south.
    """
    whole = np.asarray(cells, dtype=object)
    if len(whole) == 0:
        return []
    centre = shapely.get_coordinates(shapely.centroid(whole))
    half_side = (
        np.sqrt(np.median(areas_m2(whole))) / 2.0 / 110_900.0
    )  # metres per degree of latitude
    row, rows, top = np.zeros(len(whole), dtype=int), 0, np.inf
    for i in np.argsort(-centre[:, 1], kind="stable"):
        if top - centre[i, 1] > half_side:
            rows, top = rows + 1, centre[i, 1]
        row[i] = rows
    return [int(i) for i in np.lexsort((centre[:, 1], centre[:, 0], row))]


def cell_codes(cells: Sequence[Polygon], community_code: str) -> list[str]:
    """15-digit codes for `cells`, in their order: 12 digits of community and 3 of sequence.

    The rule is "west to east, then north to south inside a community": the sequence runs as one
    reads a page, 001 at the north-western end (see `reading_order`).

    Raises BadCommunity, and TooManyCells beyond 999.
    """
    if not re.fullmatch("[0-9]{12}", community_code):
        raise BadCommunity(community=community_code)
    if len(cells) > MAX_SEQUENCE:
        raise TooManyCells(cells=len(cells), community=community_code)
    codes = [""] * len(cells)
    for sequence, position in enumerate(reading_order(cells), start=1):
        codes[position] = f"{community_code}{sequence:03d}"
    return codes
