"""Keeping the roll-ups: the job, the command line, another ladder, and what a test must catch."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from gridgov.cli.figures import figures
from gridgov.database import db, transaction
from gridgov.insight.keep import Kept, keep
from gridgov.insight.state import state
from gridgov.insight.tables import D, Digest
from gridgov.jobs.table import JOBS
from gridgov.ladder.ladder import OWN, parse, save
from tests.support.desk import START, working
from tests.support.town import Town


def said(town: Town, *arguments: str) -> tuple[int, str]:
    found = town.app.test_cli_runner().invoke(figures, list(arguments))
    return found.exit_code, found.output


@pytest.fixture
def busy(town: Town) -> Town:
    with working(town) as desk:
        for status in ("closed", "handling", "evaluated"):
            desk.stage(status)
    return town


def run(town: Town) -> Kept:
    with town.app.app_context():
        return keep(db.engine, town.app.extensions["gridgov"].settings)


def test_only_what_has_moved_on_is_counted_again(busy: Town) -> None:
    assert run(busy).cases == 3
    assert run(busy).cases == 0
    with working(busy, START.replace(day=20)) as desk:
        desk.stage("filed")
    assert run(busy) == Kept(1, 1)
    # Events are done with as soon as no transaction from before them runs, another test's neither.
    for _ in range(2_000):
        assert run(busy).cases == 0
        with busy.app.app_context(), transaction() as session:
            found = state(session)
            assert found is not None and found.complete
            if found.event_id:
                break
    assert found.event_id > 0


def test_another_ladder_makes_them_anew(busy: Town) -> None:
    run(busy)
    with busy.app.app_context(), transaction() as session:
        save(session, parse(OWN.read_text("utf-8")), "test", START)
    assert run(busy).cases == 0  # the same limits
    text = OWN.read_text("utf-8").replace("working_hours", "urgent_hours")
    with busy.app.app_context(), transaction() as session:
        save(session, parse(text), "test", START)
    assert run(busy).cases == 3


def test_the_command_line(busy: Town) -> None:
    assert said(busy, "rebuild")[1].startswith("3 ")
    code, text = said(busy, "show", "2026-03")
    assert code == 0 and text.splitlines()[1].endswith("\t3")
    assert said(busy, "verify") == (0, "ok\n")


def test_verify_finds_what_is_wrong(busy: Town) -> None:
    run(busy)
    with busy.app.app_context(), transaction() as session:
        session.execute(sa.update(Digest).where(D.closed == 1).values(closed_in_time=0))
    code, text = said(busy, "verify")
    assert code == 1 and "its row is not" in text and "the sums are not" in text


def test_the_job_runs_every_minute(busy: Town) -> None:
    (job,) = (one for one in JOBS if one.name == "figures")
    with busy.app.app_context():
        text = job.run(db.engine, busy.app.extensions["gridgov"].settings, START)
    assert text.startswith("3 cases") and job.every.total_seconds() == 60
