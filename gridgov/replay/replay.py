"""The verb: a file and its mapping become cases with their whole past, and a report."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.cases.known import known
from gridgov.database import transaction
from gridgov.errors import GridgovError
from gridgov.ladder.tables import WAITING, RungRow
from gridgov.replay import ground, names, report
from gridgov.replay.batch import Taking
from gridgov.replay.mapping import AreaMap
from gridgov.replay.mapping import Mapping as Columns
from gridgov.replay.past import CHUNK, pasts, steps_taken
from gridgov.replay.plan import path_of
from gridgov.replay.read_mapping import read_mapping
from gridgov.replay.refusals import AreaFileMissing
from gridgov.replay.report import Report
from gridgov.replay.rules import History, Refused, read_history
from gridgov.replay.source import records
from gridgov.replay.take import take
from gridgov.settings import Settings

Progress = Callable[[str, int, int], None]
# Excel would take a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def replay(
    engine: Engine,
    settings: Settings,
    file: Path,
    mapping_file: Path,
    now: datetime,
    progress: Progress | None = None,
) -> tuple[Report, list[Refused]]:
    """Take in a history, or what is left of it; returns the figures and the refused rows.

    `progress(label, done, total)` is called now and then. Nothing is written before the mapping,
    the file and its areas have been read whole. Raises GridgovError and GeoError.
    """
    began = perf_counter()
    mapping = read_mapping(mapping_file)
    areas = _areas(mapping.areas, file, mapping_file)
    history = read_history(records(file, mapping), mapping, now)
    with transaction(engine) as session:
        taking = _prepared(session, settings, mapping, history, now, file.name, progress)
    take(engine, taking, _labelled("cases", progress))
    refused = sorted([*history.refused, *taking.refused.values()], key=lambda one: one.line)
    with transaction(engine, write=False) as session:
        made = report.made(
            session,
            history.rows,
            refused,
            areas,
            known(session, settings),
            rows_read=history.read,
            as_of=taking.as_of,
        )
    return replace(made, seconds=round(perf_counter() - began, 3)), refused


def _labelled(label: str, progress: Progress | None) -> Callable[[int, int], None] | None:
    return partial(progress, label) if progress else None


def _prepared(
    session: Session,
    settings: Settings,
    mapping: Columns,
    history: History,
    now: datetime,
    source: str,
    progress: Progress | None,
) -> Taking:
    """Make what the cases stand on, and find out how far they have come."""
    ground.prepare(session, mapping, history.rows, now, source, _labelled("map", progress))
    found = names.resolve(session, mapping, history.rows, known(session, settings))
    rows = history.rows
    taking = Taking(mapping, settings, found, rows, [0] * len(rows), {}, now)
    for number, row in enumerate(rows):
        if why := found.lacking(row):
            taking.refused[number] = Refused(row.line, row.ref, why)
    _resume(session, taking)
    return taking


def _resume(session: Session, taking: Taking) -> None:
    """Note which steps have been taken; a case that people have worked on since is left to them."""
    there = dict(report.stands(session, taking.rows))
    taking.refused = {n: why for n, why in taking.refused.items() if n not in there}
    left = {}
    for number, stand in there.items():
        row = taking.rows[number]
        taking.done[number] = len(path_of(row))
        if stand.status != row.status:
            left[stand.id] = number
    late = _late(session, {stand.id: n for n, stand in there.items()}, taking.as_of)
    for case, told in pasts(session, list(left | late)).items():
        number = left.get(case, late.get(case, 0))
        steps, path = steps_taken(told.past), path_of(taking.rows[number])
        if steps is None or steps != path[: len(steps)]:
            continue
        taking.done[number] = len(steps)
        taking.ids[number] = case
        if len(steps) == len(path) and case in late:
            taking.late.add(number)


def _late(session: Session, cases: Mapping[int, int], as_of: datetime) -> dict[int, int]:
    """Return those of the cases of which a rung should have fired by `as_of`."""
    found: dict[int, int] = {}
    ids = list(cases)
    for start in range(0, len(ids), CHUNK):
        waits = sa.select(RungRow.case_id).where(
            RungRow.case_id.in_(ids[start : start + CHUNK]),
            RungRow.state == WAITING,
            RungRow.at < as_of,
        )
        found |= {case: cases[case] for case in session.scalars(waits)}
    return found


def _areas(given: AreaMap | None, file: Path, mapping_file: Path) -> report.Areas | None:
    """Read the areas; the path is relative to the history or to the mapping, whichever exists."""
    if given is None:
        return None
    for folder in (file.parent, mapping_file.parent):
        path = folder / given.file
        if path.is_file():
            return report.read_areas(path, given)
    raise AreaFileMissing(path=given.file)


def write_refused(
    path: Path, refused: Sequence[Refused], say: Callable[[GridgovError], str] = str
) -> None:
    """Write the refused rows with their lines and reasons, for a spreadsheet."""
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "number", "reason", "why"])
        for one in refused:
            ref = f"'{one.ref}" if one.ref.startswith(FORMULA) else one.ref
            writer.writerow([one.line, ref, one.reason, say(one.why)])
