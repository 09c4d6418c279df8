"""Loading the clerk's files: all of them, or with a list of everything that is wrong, none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.epochs import bump
from gridgov.keys import Keys
from gridgov.loading.columns import TABLES, Row, parse_file
from gridgov.loading.duties import Held, Plan, plan
from gridgov.loading.firms import outside, write_firms
from gridgov.loading.merge import Counts, Values, merge, table, write
from gridgov.loading.problems import FilesWrong, Problem
from gridgov.loading.read import read_folders
from gridgov.loading.references import Known, check, complete, known, warnings
from gridgov.loading.rows import ROWS
from gridgov.loading.words import Words, read_words
from gridgov.people.last import LastSecurityAdministrator, administering
from gridgov.people.tables import Duty

Progress = Callable[[int, int], None]
EPOCHS = {
    "areas": ("map",),
    "parks": ("map",),
    "grids": ("map",),
    "units": ("people", "taxonomy"),
    "categories": ("taxonomy",),
    "people": ("people",),
    "duties": ("people",),
    "shifts": ("people",),
    "firms": (),
}


@dataclass
class Loaded:
    """What a load did, by table; what should not stay so; and the duties that ended with it.

    Open cases of an ended duty are handed over by whoever called: `cases.hand_over`.
    """

    tables: dict[str, Counts] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    ended_duties: list[Held] = field(default_factory=list)


def load(
    session: Session,
    folders: Sequence[Path],
    now: datetime,
    zone: ZoneInfo,
    *,
    retire: bool = True,
    words: Words | None = None,
    progress: Progress | None = None,
    keys: Keys | None = None,
) -> Loaded:
    """Bring the database to what the files of some folders say, together.

    A table without a file is left alone. With `retire` a file is the whole of its table: duties
    that it lacks end at `now`, units and categories become inactive, roster lines go. `zone` is
    that of dates and times without one; `keys` seal the contacts of firms, which stay as they are
    without. Raises FilesWrong with every mistake, LastSecurityAdministrator.
    """
    words = words or read_words()
    problems: list[Problem] = []
    rows = _read(folders, words, problems)
    return bring(
        session, rows, problems, words, now, zone, retire=retire, progress=progress, keys=keys
    )


def bring(
    session: Session,
    rows: dict[str, list[Row]],
    problems: list[Problem],
    words: Words,
    now: datetime,
    zone: ZoneInfo,
    *,
    retire: bool = True,
    progress: Progress | None = None,
    keys: Keys | None = None,
    only_check: bool = False,
) -> Loaded:
    """Bring the database to what was read, or only look whether it could be; as `load` does."""
    session.flush()
    codes = known(session, rows, retire=retire)
    complete(rows, codes.parks, problems)
    check(rows, codes, words, problems)
    held = _held(session) if "duties" in rows else []
    duties = plan(rows.get("duties", ()), held, now, zone, problems, retire=retire)
    if problems:
        raise FilesWrong(sorted(problems, key=lambda problem: (problem.file, problem.line or 0)))
    made = Loaded(warnings=warnings(codes), ended_duties=_over(duties, now))
    if "firms" in rows:
        made.warnings += outside(session, rows["firms"], now.astimezone(zone).date())
    if only_check:
        return made
    administered = administering(session, now)
    for done, name in enumerate(rows, start=1):
        found = rows[name]
        if name == "duties":
            made.tables[name] = _write_duties(session, duties)
        elif name == "shifts":
            made.tables[name] = _write_shifts(session, found, retire=retire)
        elif name == "firms":
            made.tables[name] = write_firms(session, found, now, zone, keys, retire=retire)
        else:
            values = _in_order(name, [ROWS[name](row, zone) for row in found], codes)
            made.tables[name] = merge(session, name, values, retire=retire)
        if made.tables[name].touched and EPOCHS[name]:
            bump(session, *EPOCHS[name])
        if progress:
            progress(done, len(rows))
    # After the stamps were bumped: whoever else ends a duty has done so, or waits for this.
    if administered and not administering(session, now):
        raise LastSecurityAdministrator
    session.expire_all()  # rows were written beneath the objects that stand for them
    return made


def _read(folders: Sequence[Path], words: Words, problems: list[Problem]) -> dict[str, list[Row]]:
    """Return the lines by table, in the order in which tables refer to one another."""
    rows: dict[str, list[Row]] = {}
    for raw in read_folders(folders, words, problems):
        rows.setdefault(raw.table, []).extend(parse_file(raw, words, problems))
    return {name: rows[name] for name in TABLES if name in rows}


def _in_order(name: str, values: list[Values], codes: Known) -> list[Values]:
    """Put units behind those above them, because each row refers to its parent."""
    if name != "units":
        return values

    waiting = {row["code"]: row for row in values}
    ordered: list[Values] = []
    for row in values:
        way = []
        code: str | None = row["code"]
        while code is not None and code in waiting:
            way.append(waiting.pop(code))
            code = codes.parents.get(code)
        ordered += reversed(way)
    return ordered


def _held(session: Session) -> list[Held]:
    columns = (Duty.id, Duty.person_code, Duty.role, Duty.place, Duty.deputy)
    found = session.execute(sa.select(*columns, Duty.begins, Duty.ends).order_by(Duty.id))
    return [Held(*row) for row in found]


def _over(duties: Plan, now: datetime) -> list[Held]:
    return [duty for duty in duties.ended if duty.over(now)]


def _write_duties(session: Session, duties: Plan) -> Counts:
    new: list[Values] = [
        {
            "person_code": duty.person,
            "role": duty.role,
            "place": duty.place,
            "deputy": duty.deputy,
            "begins": duty.begins,
            "ends": duty.ends,
        }
        for duty in duties.begun
    ]
    ended: list[Values] = [{"id": duty.id, "ends": duty.ends} for duty in duties.ended]
    write(session, table("duties"), new, ended, "id")
    return Counts(added=len(new), ended=len(ended), unchanged=duties.unchanged)


def _write_shifts(session: Session, rows: Sequence[Row], *, retire: bool) -> Counts:
    """The roster is a plan and has no history: lines that are gone are removed."""
    into = table("shifts")
    stored = {
        (row.unit_code, row.person_code, row.days, row.starts): row
        for row in session.execute(sa.select(into))
    }
    wanted: dict[Any, Values] = {
        (row["unit"], row["person"], row["days"], row["starts"]): {
            "unit_code": row["unit"],
            "person_code": row["person"],
            "days": row["days"],
            "starts": row["starts"],
            "stops": row["stops"],
        }
        for row in rows
    }
    new = [values for key, values in wanted.items() if key not in stored]
    changed: list[Values] = [
        {"id": stored[key].id, "stops": values["stops"]}
        for key, values in wanted.items()
        if key in stored and stored[key].stops != values["stops"]
    ]
    write(session, into, new, changed, "id")
    gone = [row.id for key, row in stored.items() if key not in wanted] if retire else []
    for start in range(0, len(gone), 500):
        session.execute(sa.delete(into).where(into.c.id.in_(gone[start : start + 500])))
    same = len(wanted) - len(new) - len(changed)
    return Counts(added=len(new), changed=len(changed), unchanged=same, ended=len(gone))
