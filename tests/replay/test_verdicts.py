"""Verdicts beside the source's own, by targets, by limits, in the nights of the moved clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.cases.tables import Case, Category, Event, EventText
from gridgov.database import transaction
from gridgov.epochs import bump
from gridgov.ladder.tables import RungRow
from gridgov.replay.report import Report
from tests.replay.cities import run
from tests.replay.harbour import DUE, SECOND, harbour, line, notices, rung
from tests.support.kept import unkept


def test_verdicts_beside_the_source_s(fresh_engine: Engine, tmp_path: Path) -> None:
    report, _ = run(
        fresh_engine,
        harbour(
            tmp_path,
            line("at", "2021-02-02 12:00:00", verdict="good"),
            line("after", "2021-02-02 12:00:01", verdict="late"),
            line("open", verdict="late"),
            line("ahead", due="2021-03-01 00:00:00", verdict="good"),
            line("none", due="", verdict="good"),
            line("silent", "2021-02-03 12:00:00"),
            line("wrong", "2021-02-03 12:00:00", verdict="good"),
            line("odd", verdict="Late"),
            line("before", due="2021-01-01 00:00:00", verdict="late"),
        ),
    )
    said = report.verdicts
    assert (said.on_time, said.overdue) == (2, 6)
    assert (said.compared, said.agree, said.differ, said.unknown) == (6, 5, [8], 1)
    with transaction(fresh_engine, write=False) as session:
        found = {ref: rung(session, ref, "amber") for ref in ("at", "after", "open", "ahead")}
        states = {ref: row and (row.state, row.at, row.fired_at) for ref, row in found.items()}
        # Due before it was opened: the rung passes with the report, not before it.
        before = rung(session, "before", "amber")
        assert before and before.fired_at == datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
        assert notices(session) == 0
        assert rung(session, "none", "amber") is None
    assert states == {
        "at": ("cancelled", None, None),
        "after": ("fired", DUE, DUE + SECOND),
        "open": ("fired", DUE, DUE + SECOND),
        "ahead": ("waiting", datetime(2021, 2, 28, 16, 0, tzinfo=UTC), None),
    }


def test_a_category_s_limit_in_working_time_over_a_make_up_sunday(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    # 2021-02-07 was a Sunday on which offices worked before the Spring Festival.
    files = harbour(
        tmp_path,
        line("1", "2021-02-08 09:00:00", "", opened="2021-02-06 10:00:00", verdict="good"),
        line("2", "2021-02-08 09:00:01", "", opened="2021-02-06 10:00:00", verdict="good"),
    )
    run(fresh_engine, files)
    with transaction(fresh_engine) as session:
        unkept(session.connection())
        for table in (RungRow, EventText, Event):
            session.execute(sa.delete(table))
        session.execute(sa.text("DELETE FROM case_grams"))
        session.execute(sa.delete(Case))
        category = session.scalars(sa.select(Category).where(Category.name == "Crane")).one()
        category.limits = {"case": ["working_hours", 8]}
        bump(session, "taxonomy")
    report, _ = run(fresh_engine, files)
    assert (report.verdicts.agree, report.verdicts.differ) == (1, [3])
    with transaction(fresh_engine, write=False) as session:
        late = rung(session, "2", "amber")
        assert late and late.at == datetime(2021, 2, 8, 1, 0, tzinfo=UTC)


def test_without_as_of_it_is_judged_now(fresh_engine: Engine, tmp_path: Path) -> None:
    report = judged(fresh_engine, tmp_path, "")
    assert (report.as_of, report.verdicts.overdue) == ("2026-11-22T04:00:00+00:00", 1)
    assert judged(fresh_engine, tmp_path, "as_of = 2098-01-01").as_of == report.as_of


def judged(engine: Engine, folder: Path, as_of: str) -> Report:
    files = harbour(folder, line("1"), line("2", due="2026-11-22 12:00:00"))
    mapping = files[1].read_text("utf-8").replace("as_of = 2021-03-01", as_of)
    files[1].write_text(mapping, "utf-8")
    return run(engine, files)[0]


def test_a_target_in_the_hour_that_comes_twice(fresh_engine: Engine, tmp_path: Path) -> None:
    files = harbour(
        tmp_path,
        line("1", "2021-11-07 01:31:00", due="2021-11-07 01:30:00", opened="2021-11-07 01:10:00"),
        line("2", "2021-11-07 01:20:00", due="2021-11-07 01:30:00", opened="2021-11-07 01:40:00"),
        line("3", "2021-03-14 03:10:00", due="2021-03-14 03:10:00", opened="2021-03-14 01:50:00"),
        **{"Asia/Shanghai": "America/New_York", "as_of = 2021-03-01": ""},
    )
    report, _ = run(fresh_engine, files)
    assert (report.verdicts.on_time, report.verdicts.overdue) == (2, 1)
    with transaction(fresh_engine, write=False) as session:
        # Three quarters of twenty minutes of real time, on the night with an hour less.
        near = session.scalars(sa.select(RungRow).where(RungRow.name == "near")).all()
        assert datetime(2021, 3, 14, 7, 5, tzinfo=UTC) in {row.at for row in near} | {
            row.fired_at - SECOND for row in near if row.fired_at
        }
