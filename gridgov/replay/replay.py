"""The verb: a file and its mapping become cases with their whole past, and a report."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.cases.known import known
from gridgov.cases.tables import Event
from gridgov.database import transaction
from gridgov.errors import GridgovError
from gridgov.people.roles import Role
from gridgov.replay import ground, names, report
from gridgov.replay.mapping import AreaMap, Mapping
from gridgov.replay.plan import planned
from gridgov.replay.read_mapping import read_mapping
from gridgov.replay.refusals import AreaFileMissing
from gridgov.replay.report import CHUNK, Report
from gridgov.replay.rules import History, Refused, read_history
from gridgov.replay.source import records
from gridgov.replay.take import Taking, take
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
            rows_read=history.read,
            as_of=mapping.judged_at,
            seconds=perf_counter() - began,
        )
    return made, refused


def _labelled(label: str, progress: Progress | None) -> Callable[[int, int], None] | None:
    return partial(progress, label) if progress else None


def _prepared(
    session: Session,
    settings: Settings,
    mapping: Mapping,
    history: History,
    now: datetime,
    source: str,
    progress: Progress | None,
) -> Taking:
    """Make what the cases stand on, and find out how far they have come."""
    ground.prepare(session, mapping, history.rows, now, source, _labelled("map", progress))
    found = names.resolve(session, mapping, history.rows, known(session, settings))
    taking = Taking(mapping, settings, found, history.rows, [0] * len(history.rows), {})
    for number, row in enumerate(history.rows):
        if why := found.lacking(row):
            taking.refused[number] = Refused(row.line, row.ref, why)
    _resume(session, taking)
    return taking


def _resume(session: Session, taking: Taking) -> None:
    """Note which steps have been taken; a case that people have worked on since is left to them."""
    there = dict(report.stands(session, taking.rows))
    taking.refused = {n: why for n, why in taking.refused.items() if n not in there}
    unfinished = {}
    for number, stand in there.items():
        row = taking.rows[number]
        taking.done[number] = len(planned(row))
        if stand.status != row.status:
            unfinished[stand.id] = number
    for case, taken in _taken(session, list(unfinished)).items():
        number = unfinished[case]
        steps = [(one.step, Role.IMPORT.value) for one in planned(taking.rows[number])]
        if taken == steps[: len(taken)]:
            taking.done[number] = len(taken)
            taking.ids[number] = case


def _taken(session: Session, cases: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    taken: dict[int, list[tuple[str, str]]] = {}
    for start in range(0, len(cases), CHUNK):
        query = sa.select(Event.case_id, Event.step, Event.role).order_by(Event.version)
        for case, step, role in session.execute(
            query.where(Event.case_id.in_(cases[start : start + CHUNK]))
        ):
            taken.setdefault(case, []).append((step, role))
    return taken


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
