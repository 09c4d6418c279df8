"""Joining pieces that are too small to the neighbour with the longest shared edge."""

import heapq
from collections import defaultdict
from typing import Any

import numpy as np
import shapely

from geo.measure import areas_m2


def join_slivers(faces: Any, blocks: Any, smallest_m2: float) -> Any:
    """Join every face under `smallest_m2` to a neighbour: shape (n,) to shape (m <= n,) of Polygon.

    `faces` share their vertices exactly. The neighbour is the one with the longest shared edge,
    in the same block where there is one, so that roads stay edges. A face without neighbours stays.
    """
    areas = areas_m2(faces)
    if not (areas < smallest_m2).any() or len(faces) < 2:
        return faces
    block = _block_of(faces, blocks)
    groups = _Groups(areas, _shared_edges(faces), block)
    queue = [(float(areas[i]), i) for i in np.flatnonzero(areas < smallest_m2).tolist()]
    heapq.heapify(queue)
    while queue:
        area, i = heapq.heappop(queue)
        if not groups.is_current(i, area):
            continue  # joined meanwhile, or grown
        other = groups.best_neighbour(i)
        if other is None:
            continue
        kept = groups.join(i, other)
        if groups.area[kept] < smallest_m2:
            heapq.heappush(queue, (groups.area[kept], kept))
    joined = []
    for members in groups.members.values():
        if len(members) == 1:
            joined.append(faces[members[0]])
        else:
            joined.append(shapely.union_all(faces[members]))
    return np.array(joined, dtype=object)


class _Groups:
    """Faces joined so far: each group with its area, its block and the edges it shares."""

    def __init__(self, areas: Any, shared: dict[tuple[int, int], float], block: Any) -> None:
        self.area = {i: float(area) for i, area in enumerate(areas)}
        self.block = {i: int(b) for i, b in enumerate(block)}
        self.members = {i: [i] for i in range(len(areas))}
        self.edges: dict[int, dict[int, float]] = defaultdict(dict)
        for (i, j), length in shared.items():
            self.edges[i][j] = self.edges[j][i] = length

    def is_current(self, i: int, area: float) -> bool:
        return i in self.members and self.area[i] == area

    def best_neighbour(self, i: int) -> int | None:
        around = self.edges[i]
        if not around:
            return None
        return max(around, key=lambda j: (self.block[j] == self.block[i], around[j], -j))

    def join(self, small: int, other: int) -> int:
        """Join `small` into `other`, which keeps its name and block."""
        for j, length in self.edges.pop(small).items():
            del self.edges[j][small]
            if j != other:
                both = self.edges[other].get(j, 0.0) + length
                self.edges[other][j] = self.edges[j][other] = both
        self.members[other] += self.members.pop(small)
        self.area[other] += self.area.pop(small)
        return other


def _block_of(faces: Any, blocks: Any) -> Any:
    tree = shapely.STRtree(blocks)
    face, block = tree.query(shapely.point_on_surface(faces), predicate="intersects")
    result = np.full(len(faces), -1)
    result[face] = block
    return result


def _shared_edges(faces: Any) -> dict[tuple[int, int], float]:
    """Length (about metres) of the edges that each pair of faces shares, vertices being shared."""
    rings, face_of_ring = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    start, end, face = xy[:-1][same], xy[1:][same], face_of_ring[ring[1:][same]]
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[turned], end[turned] = end[turned], start[turned].copy()
    order = np.lexsort((end[:, 1], end[:, 0], start[:, 1], start[:, 0]))
    start, end, face = start[order], end[order], face[order]
    twice = np.flatnonzero((start[1:] == start[:-1]).all(1) & (end[1:] == end[:-1]).all(1))
    scale = np.array([np.cos(np.radians(xy[:, 1].mean())), 1.0]) * 111_320.0
    length = np.hypot(*((end - start)[twice] * scale).T)
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for i, j, metres in zip(face[twice].tolist(), face[twice + 1].tolist(), length, strict=True):
        if i != j:
            shared[min(i, j), max(i, j)] += float(metres)
    return shared
