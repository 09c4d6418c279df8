"""What came of a history: all of it is counted in the database, so a second run says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from geo.files import read_layer
from gridgov.cases.known import Known
from gridgov.cases.tables import Case
from gridgov.database import LonLat
from gridgov.park.read_map import text
from gridgov.replay.mapping import AreaMap
from gridgov.replay.past import CHUNK
from gridgov.replay.plan import Row
from gridgov.replay.refusals import AreaFieldMissing
from gridgov.replay.rules import Refused
from gridgov.replay.verdicts import Times, Verdicts, judged


@dataclass(frozen=True)
class Report:
    """The figures; `located` (in a cell), `outside` and `unplaced` add up to `cases`.

    `labelled` cases carry a label of the area that they lie in, by the source's own word; with
    `agree` the map says the same. `in_several` lie on a border of two areas: the lower label
    counts. What was open is judged at `as_of`. `rungs` have fired, by name; `clocks` are working
    minutes.
    """

    rows: int
    refused: int
    cases: int
    located: int
    outside: int
    unplaced: int
    labelled: int
    agree: int
    statuses: Mapping[str, int]
    areas: Mapping[str, int]
    in_no_area: int
    in_several: int
    reasons: Mapping[str, int]
    as_of: str
    verdicts: Verdicts
    rungs: Mapping[str, int]
    rungs_by_clock: Mapping[str, Mapping[str, int]]
    clocks: Mapping[str, Times]
    seconds: float = 0.0

    def plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)


class Stand(NamedTuple):
    """Where a row's case stands in the database."""

    id: int
    status: str
    cell: str | None
    point: LonLat | None
    category: str | None
    park: str | None


class Areas(NamedTuple):
    """Polygons to count by, in the order of their labels."""

    labels: tuple[str, ...]
    shapes: Sequence[Any]


def stands(session: Session, rows: Sequence[Row]) -> Iterator[tuple[int, Stand]]:
    """Yield of each row that is a case where that stands."""
    by_channel: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        by_channel.setdefault(row.channel, []).append(number)
    for channel, numbers in by_channel.items():
        for start in range(0, len(numbers), CHUNK):
            chunk = {rows[n].ref: n for n in numbers[start : start + CHUNK]}
            query = sa.select(
                Case.external_ref, Case.id, Case.status, Case.cell_code, Case.point,
                Case.category_code, Case.park_code,
            ).where(Case.channel == channel, Case.external_ref.in_(list(chunk)))  # fmt: skip
            for found in session.execute(query):
                yield chunk[found[0] or ""], Stand(*found[1:])


def read_areas(path: Path, given: AreaMap) -> Areas:
    """Read polygons by their label; raises AreaFieldMissing and GeoError."""
    layer = read_layer(path)
    if given.label_field not in layer.fields:
        names = ", ".join(layer.names)
        raise AreaFieldMissing(path=path.name, field=given.label_field, fields=names)
    parts: dict[str, list[Any]] = {}
    for value, shape in zip(layer.fields[given.label_field], layer.geometries, strict=True):
        if shape is not None and (label := text(value)):
            parts.setdefault(label, []).append(shape)
    labels = tuple(sorted(parts))
    return Areas(labels, [shapely.union_all(parts[label]) for label in labels])


def made(
    session: Session,
    rows: Sequence[Row],
    refused: Sequence[Refused],
    areas: Areas | None,
    known: Known,
    *,
    rows_read: int,
    as_of: datetime,
) -> Report:
    """Count what is in the database."""
    found = dict(stands(session, rows))
    points = {number: stand.point for number, stand in found.items() if stand.point is not None}
    within, several = _within(points, areas)
    labelled = [number for number in found if rows[number].label] if areas else []
    statuses = Counter(stand.status for stand in found.values())
    located = sum(stand.cell is not None for stand in found.values())
    by_area = Counter(within.values())
    said = judged(session, {n: (rows[n], stand) for n, stand in found.items()}, known, as_of)
    return Report(
        rows=rows_read,
        refused=len(refused),
        cases=len(found),
        located=located,
        outside=sum(s.cell is None and s.point is not None for s in found.values()),
        unplaced=sum(s.cell is None and s.point is None for s in found.values()),
        labelled=len(labelled),
        agree=sum(within.get(number) == rows[number].label for number in labelled),
        statuses=dict(sorted(statuses.items())),
        areas=dict(sorted(by_area.items())),
        in_no_area=len(points) - len(within) if areas else 0,
        in_several=several,
        reasons=dict(sorted(Counter(one.reason for one in refused).items())),
        as_of=as_of.isoformat(),
        verdicts=said.verdicts,
        rungs=said.rungs,
        rungs_by_clock=said.rungs_by_clock,
        clocks=said.times,
    )


def _within(points: Mapping[int, LonLat], areas: Areas | None) -> tuple[dict[int, str], int]:
    """Return each point's label, the lower one on a border, and how many lie on one."""
    if areas is None or not points or not areas.labels:
        return {}, 0
    numbers = list(points)
    shapes = shapely.points(np.array([points[number] for number in numbers], dtype=float))
    which, area = shapely.STRtree(areas.shapes).query(shapes, predicate="intersects")
    within: dict[int, str] = {}
    several: set[int] = set()
    for place, label in sorted(zip(which.tolist(), area.tolist(), strict=True)):
        if numbers[place] in within:
            several.add(place)
        else:
            within[numbers[place]] = areas.labels[label]
    return within, len(several)
