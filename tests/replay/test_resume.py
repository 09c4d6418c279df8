"""A run that is cut off goes on where it stopped, and ends as one that never was."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.cases.act import Wish, act
from gridgov.cases.known import known
from gridgov.cases.tables import Case, Event
from gridgov.database import transaction
from gridgov.escalation.sweep import sweep
from gridgov.ladder.tables import RungRow
from gridgov.notices.tables import Notice
from gridgov.people.actors import IMPORT, Actor
from gridgov.people.roles import Role
from gridgov.replay import batch, take
from gridgov.settings import ROOT
from tests.replay.cities import NOW, run, settings
from tests.support import database_url
from tests.support.kept import unkept

CITY = """
as_of = 2022-01-01
[number]
column = "id"
[channel]
name = "hillside"
[times]
zone = "Asia/Shanghai"
opened = "opened"
closed = "closed"
target = "due"
[status]
column = "status"
values = { Open = "handling", Closed = "closed", Rejected = "rejected" }
[category]
column = "kind"
create = true
[unit]
column = "unit"
create = true
prefix = "hill-"
[place]
lon = "lon"
lat = "lat"
[park]
code = "hill"
name = "Hillside"
street = "990003001"
[map]
community = "990003001001"
target_m2 = 40000
"""


def hillside(folder: Path, rows: int) -> tuple[Path, Path]:
    draw = random.Random(7)
    lines = ["id,opened,closed,due,status,kind,unit,lon,lat"]
    for number in range(rows):
        opened = datetime(2021, 1, 1) + timedelta(minutes=draw.randrange(500_000))  # noqa: DTZ001
        status = draw.choice(["Open", "Closed", "Closed", "Closed", "Rejected"])
        closed = "" if status == "Open" else opened + timedelta(minutes=draw.randrange(100_000))
        due = opened + timedelta(minutes=draw.randrange(200_000)) if number % 3 else ""
        place = f"{121.49 + draw.random() / 100},{29.88 + draw.random() / 100}"
        if number % 10 == 0:
            place = ","
        kind = draw.choice(["Lamp", "Road", "Noise"])
        unit = draw.choice(["North", "South", ""])
        lines.append(f"{number},{opened},{closed},{due},{status},{kind},{unit},{place}")
    (folder / "cases.csv").write_text("\n".join(lines), "utf-8")
    (folder / "mapping.toml").write_text(CITY, "utf-8")
    return folder / "cases.csv", folder / "mapping.toml"


def outcome(engine: Engine) -> list[Any]:
    """Return what a replay makes, but for what is drawn at random and the order of keys."""
    with transaction(engine, write=False) as session:
        cases = session.execute(
            sa.select(
                Case.external_ref, Case.status, Case.version, Case.category_code, Case.unit_code,
                Case.lead_unit_code, Case.cell_code, Case.grid_code, Case.flags, Case.level,
                Case.reported_at, Case.filed_at, Case.closed_at, Case.updated_at,
            ).order_by(Case.external_ref)
        ).all()  # fmt: skip
        events = session.execute(
            sa.select(
                Case.external_ref, Event.version, Event.step, Event.at, Event.role, Event.inferred,
                Event.from_status, Event.to_status, Event.unit_code, Event.data,
            )
            .join(Case)
            .order_by(Case.external_ref, Event.version)
        ).all()  # fmt: skip
        rungs = session.execute(
            sa.select(
                Case.external_ref, RungRow.clock, RungRow.name, RungRow.round, RungRow.run,
                RungRow.state, RungRow.at, RungRow.fired_at, RungRow.refused,
            )
            .join(Case)
            .order_by(Case.external_ref, RungRow.clock, RungRow.name)
        ).all()  # fmt: skip
        searched = session.execute(sa.text("SELECT count(*) FROM case_grams")).scalar()
    return [cases, events, rungs, searched]


class Cut(Exception):
    pass


def test_an_interrupted_run_ends_like_one_that_was_not(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take, "EVENTS_A_BATCH", 50)
    files = hillside(tmp_path, 150)
    one_go, _ = run(fresh_engine, files)
    whole = outcome(fresh_engine)
    with fresh_engine.begin() as connection:
        unkept(connection)
        for table in ("rungs", "event_texts", "events", "case_grams", "cases"):
            connection.execute(sa.text(f"DELETE FROM {table}"))

    runs = 0
    while True:
        runs += 1

        def cut(label: str, done: int, total: int, runs: int = runs) -> None:
            if label == "cases" and done > 100 and done < total:
                raise Cut

        try:
            report, _ = run(fresh_engine, files, progress=cut)
        except Cut:
            continue
        break
    assert runs > 3
    assert outcome(fresh_engine) == whole
    assert report.plain() | {"seconds": 0} == one_go.plain() | {"seconds": 0}
    assert report.cases == 150 and report.unplaced == 15
    assert report.rungs.keys() == {"near", "amber", "red", "district"}


def test_a_sweep_meanwhile_finds_no_rung_of_what_was_closed_long_ago(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take, "EVENTS_A_BATCH", 50)
    files = hillside(tmp_path, 60)

    def swept(label: str, done: int, total: int) -> None:
        if label == "cases" and done < total:
            sweep(fresh_engine, settings(), datetime.now(UTC))

    def ended() -> list[Any]:
        return [case for case in outcome(fresh_engine)[0] if case.status != "handling"]

    run(fresh_engine, files, progress=swept)
    disturbed = ended()
    with transaction(fresh_engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
    with fresh_engine.begin() as connection:
        unkept(connection)
        for table in ("rungs", "event_texts", "events", "case_grams", "cases"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
    run(fresh_engine, files)
    assert disturbed == ended()


def test_a_failure_inside_a_batch_leaves_nothing_of_it(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = hillside(tmp_path, 60)

    def broken(*given: object) -> None:
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(batch.grams, "write", broken)
        with pytest.raises(Cut):
            run(fresh_engine, files)
    assert outcome(fresh_engine) == [[], [], [], 0]
    report, _ = run(fresh_engine, files)
    assert report.cases == 60


SCRIPT = """
import sys
from pathlib import Path
from gridgov.database import make_engine
from gridgov.replay import take
from tests.replay.cities import run
take.EVENTS_A_BATCH = 25
run(make_engine(sys.argv[1]), (Path(sys.argv[2]), Path(sys.argv[3])))
"""


def test_killed_it_goes_on(fresh_engine: Engine, tmp_path: Path) -> None:
    files = hillside(tmp_path, 400)
    command = [sys.executable, "-c", SCRIPT, database_url(fresh_engine), *map(str, files)]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
    counted = sa.select(sa.func.count()).select_from(Event)
    while process.poll() is None:
        with transaction(fresh_engine, write=False) as session:
            if (session.scalar(counted) or 0) >= 200:
                break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it had ended before it could be killed"
    with transaction(fresh_engine, write=False) as session:
        assert 0 < (session.scalar(counted) or 0) < 2000
    report, refused = run(fresh_engine, files)
    assert (report.cases, refused) == (400, [])
    went_on = outcome(fresh_engine)
    with fresh_engine.begin() as connection:
        unkept(connection)
        for table in ("rungs", "event_texts", "events", "case_grams", "cases"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
    run(fresh_engine, files)
    assert outcome(fresh_engine) == went_on


def test_a_case_that_people_work_on_is_left_to_them(fresh_engine: Engine, tmp_path: Path) -> None:
    file, mapping = hillside(tmp_path, 40)
    run(fresh_engine, (file, mapping))
    with transaction(fresh_engine) as session:
        case = session.scalars(sa.select(Case).where(Case.status == "handling").limit(1)).one()
        clerk = Actor(role=Role.CLOCK)
        act(session, case.number, [Wish("warn_amber")], clerk, NOW, known(session, settings()))
        number, ref = case.number, case.external_ref
    text = file.read_text("utf-8").splitlines()
    place = next(n for n, line in enumerate(text) if line.startswith(f"{ref},"))
    parts = text[place].split(",")
    parts[2:5] = ["2024-01-01 00:00:00", "", "Closed"]
    text[place] = ",".join(parts)
    file.write_text("\n".join(text), "utf-8")
    report, _ = run(fresh_engine, (file, mapping))
    with transaction(fresh_engine, write=False) as session:
        case = session.scalars(sa.select(Case).where(Case.number == number)).one()
        assert case.status == "handling"
    assert report.cases == 40
    assert IMPORT.machine
