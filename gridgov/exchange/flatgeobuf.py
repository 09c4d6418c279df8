"""The spatial index of a FlatGeobuf, made of arrays: a packed R-tree along a Hilbert curve.

GDAL keeps some 160 bytes a row for it, and refuses rows without a place beside it; here it is some
40 bytes, so that a million cases stay within what an export may take. The format is described at
flatgeobuf.org: signature, header, nodes from the root down, features in the order of the leaves.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

WIDTH = 16  # children of a node
_SIGNATURE = b"fgb\x03fgb\x00"
_COUNT_FIELD, _WIDTH_FIELD = 8, 9  # of the header
_NODE = np.dtype([("box", "<f8", 4), ("place", "<u8")])
_CURVE = 1 << 16  # places a side
_BLOCK = 1 << 20
AT_ONCE = WIDTH * 1024


class NotIndexed(ValueError):
    """This is no FlatGeobuf that waits for its index."""


def index(path: Path, boxes: Any) -> None:
    """Give an index to a file that was written without; its features change their order.

    `boxes` holds of each feature, in the order of the file, west, south, east and north, or x and y
    of a point: shape (n, 4) or (n, 2); NaN where it has no place. Raises NotIndexed, OSError.
    """
    if not len(boxes):
        return
    whole = path.with_name(f"{path.name}.indexed")
    try:
        with path.open("rb") as old, whole.open("wb") as new:
            head = _head(old, len(boxes))
            places = _places(old, len(head), len(boxes))
            order = np.argsort(_along(boxes))
            new.write(head)
            _write_nodes(new, boxes, places, order)
            for block in _in_order(old, len(head), places, order):
                new.write(block)
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)


def _head(file: BinaryIO, count: int) -> bytes:
    """Return signature and header, changed to say that an index follows."""
    begin = file.read(len(_SIGNATURE) + 4)
    if begin[:4] != _SIGNATURE[:4] or len(begin) < len(_SIGNATURE) + 4:
        raise NotIndexed
    (size,) = struct.unpack_from("<I", begin, len(_SIGNATURE))
    head = bytearray(begin + file.read(size))
    root = len(begin)
    table = root + struct.unpack_from("<I", head, root)[0]
    fields = table - struct.unpack_from("<i", head, table)[0]

    def at(number: int) -> int:
        (offset,) = struct.unpack_from("<H", head, fields + 4 + 2 * number)
        if not offset:
            raise NotIndexed
        return int(table + offset)

    if struct.unpack_from("<Q", head, at(_COUNT_FIELD))[0] != count:
        raise NotIndexed
    struct.pack_into("<H", head, at(_WIDTH_FIELD), WIDTH)
    return bytes(head)


def _places(file: BinaryIO, begin: int, count: int) -> Any:
    """Return where each feature begins, after the header, and where the last one ends."""
    places = np.empty(count + 1, "u8")
    at = 0
    file.seek(begin)
    block, start = b"", 0  # what is at hand, and where it begins
    for number in range(count):
        places[number] = at
        here = at - start
        if here + 4 > len(block):
            file.seek(begin + at)
            block, start, here = file.read(_BLOCK), at, 0
        at += 4 + int.from_bytes(block[here : here + 4], "little")
    places[count] = at
    if begin + at != os.fstat(file.fileno()).st_size:
        raise NotIndexed
    return places


def _along(boxes: Any) -> Any:
    """Return how far along a Hilbert curve each box's centre lies; what has no place, last."""
    all_known = {"where": np.isfinite(boxes), "axis": 0}
    low = np.min(boxes, initial=np.inf, **all_known)
    high = np.max(boxes, initial=-np.inf, **all_known)
    west, south = low[:2]
    wide, tall = np.maximum(high[-2:] - low[:2], 1e-12)
    found = np.empty(len(boxes), "u8")
    for start in range(0, len(boxes), AT_ONCE):
        part = boxes[start : start + AT_ONCE]
        x, y = (part[:, 0] + part[:, -2]) / 2, (part[:, 1] + part[:, -1]) / 2
        known = np.isfinite(x) & np.isfinite(y)
        across = np.where(known, (x - west) / wide, 0) * (_CURVE - 1)
        up = np.where(known, (y - south) / tall, 0) * (_CURVE - 1)
        curve = hilbert(across.astype("u8"), up.astype("u8"))
        found[start : start + AT_ONCE] = np.where(known, curve, _CURVE * _CURVE)
    return found


def hilbert(x: Any, y: Any) -> Any:
    """Return the distance along the curve of places in a square of 65,536 a side."""
    far = np.zeros_like(x)
    side = _CURVE // 2
    while side:
        right, above = (x & side) > 0, (y & side) > 0
        far += np.uint64(side * side) * ((3 * right) ^ above).astype("u8")
        turn = ~above
        flip = turn & right
        x, y = np.where(flip, _CURVE - 1 - x, x), np.where(flip, _CURVE - 1 - y, y)
        x, y = np.where(turn, y, x), np.where(turn, x, y)
        side //= 2
    return far


def _write_nodes(file: BinaryIO, boxes: Any, places: Any, order: Any) -> None:
    """Write the tree from the root down to the leaves."""
    levels = _levels(len(order))
    begins = np.cumsum([0, *levels[::-1]])[:-1][::-1]  # of each level, in nodes
    above: list[Any] = [None] * len(levels)
    above[1] = np.concatenate([_joined(part) for _, part in _leaves(boxes, order)])
    for level in range(2, len(levels)):
        above[level] = _joined(above[level - 1])
    for level in range(len(levels) - 1, 0, -1):
        nodes = np.zeros(levels[level], _NODE)
        nodes["box"] = above[level]
        nodes["place"] = begins[level - 1] + np.arange(levels[level]) * WIDTH
        file.write(nodes.tobytes())
    at = 0
    for mine, part in _leaves(boxes, order):
        nodes = np.zeros(len(mine), _NODE)
        sizes = places[mine + 1] - places[mine]
        ends = at + np.cumsum(sizes)
        nodes["box"], nodes["place"] = part, ends - sizes
        at = ends[-1]
        file.write(nodes.tobytes())


def _levels(count: int) -> list[int]:
    """Return how many nodes each level has, the leaves first; there is always one above them."""
    found = [count]
    while len(found) == 1 or found[-1] > 1:
        found.append(-(-found[-1] // WIDTH))
    return found


def _leaves(boxes: Any, order: Any) -> Iterator[tuple[Any, Any]]:
    """Yield rows in the order of the leaves with their boxes; one of nothing covers nothing."""
    for start in range(0, len(order), AT_ONCE):
        mine = order[start : start + AT_ONCE]
        part = boxes[mine][:, [0, 1, -2, -1]]
        nothing = ~np.isfinite(part).all(axis=1)
        part[nothing] = (np.inf, np.inf, -np.inf, -np.inf)
        yield mine, part


def _joined(boxes: Any) -> Any:
    starts = np.arange(0, len(boxes), WIDTH)
    low = np.minimum.reduceat(boxes[:, :2], starts)
    return np.hstack([low, np.maximum.reduceat(boxes[:, 2:], starts)])


def _in_order(file: BinaryIO, begin: int, places: Any, order: Any) -> Iterator[bytes]:
    """Yield the features in the order of the leaves."""
    number = file.fileno()
    for start in range(0, len(order), 4096):
        mine = order[start : start + 4096]
        froms, sizes = places[mine], places[mine + 1] - places[mine]
        yield b"".join(
            os.pread(number, size, begin + place)
            for place, size in zip(froms.tolist(), sizes.tolist(), strict=True)
        )
