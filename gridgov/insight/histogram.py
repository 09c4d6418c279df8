"""Histograms of whole minutes, one for each clock: summed, ranked and packed. Pure.

A part of a histogram is a pair of arrays of the same length: minutes, and how many (negative ones
take away what another part holds).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gridgov.insight.measures import MINUTES

Part = tuple[Any, Any]
FRACTIONS = {"median": (1, 2), "p90": (9, 10)}


def pack(values: Mapping[str, Any]) -> bytes:
    """Pack the minutes of each clock: little-endian int32, lengths first, then value and count."""
    heads: list[int] = []
    bodies: list[Any] = []
    for name in MINUTES:
        given = values.get(name, ())
        if not len(given):
            heads.append(0)
            continue
        found, counts = np.unique(np.asarray(given, "<i4"), return_counts=True)
        heads.append(len(found))
        bodies += [found, counts.astype("<i4")]
    return np.concatenate([np.array(heads, "<i4"), *bodies]).tobytes()


def unpack(packed: bytes) -> dict[str, Part]:
    """Return the histograms that were packed; clocks of which there are none are left out."""
    whole = np.frombuffer(packed, "<i4")
    at, found = len(MINUTES), {}
    for name, length in zip(MINUTES, whole[: len(MINUTES)].tolist(), strict=True):
        if length:
            found[name] = (whole[at : at + length], whole[at + length : at + 2 * length])
        at += 2 * length
    return found


def ranked(parts: Iterable[Part]) -> dict[str, int | None]:
    """Return how many there are, and the nearest-rank median and 90th percentile."""
    parts = list(parts)
    if not parts:
        return {"n": 0} | dict.fromkeys(FRACTIONS)
    minutes = np.concatenate([part[0] for part in parts])
    order = np.argsort(minutes, kind="stable")
    behind = np.cumsum(np.concatenate([part[1] for part in parts])[order], dtype=np.int64)
    n = int(behind[-1])
    if n <= 0:
        return {"n": 0} | dict.fromkeys(FRACTIONS)
    # What is taken away stands beside what it is taken from: equal minutes count as one.
    last = np.append(np.diff(minutes[order]) != 0, True)
    minutes, behind = minutes[order][last], behind[last]
    ranks = {name: -(-n * over // under) for name, (over, under) in FRACTIONS.items()}
    found = {name: int(minutes[np.searchsorted(behind, rank)]) for name, rank in ranks.items()}
    return {"n": n, **found}
