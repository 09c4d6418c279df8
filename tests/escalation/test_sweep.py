"""The sweep on real databases: each rung once, at its instant, with its step and notices."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.app import installation
from gridgov.cases.fire import settle
from gridgov.cases.known import known
from gridgov.cases.placing import Location
from gridgov.cases.report import Draft, report
from gridgov.cases.tables import Case, Event
from gridgov.cli.ladder import sweep_once
from gridgov.database import db, transaction
from gridgov.escalation.sweep import ClockWrong, check_clock, rehearse, sweep
from gridgov.ladder.tables import FIRED, WAITING, RungRow
from gridgov.notices.tables import Notice
from gridgov.people.actors import ANYONE
from tests.support.town import IN_G1, Town


def reported(town: Town, at: datetime) -> str:
    """Report a case at an instant of the past."""
    with town.app.app_context(), transaction() as session:
        draft = Draft("lamp", "01001", location=Location(*IN_G1))
        made = report(session, draft, ANYONE, at, known(session, installation().settings))
        return made.case.number


def rungs(town: Town) -> list[tuple[str, str, str]]:
    with town.app.app_context(), transaction(write=False) as session:
        order = (RungRow.at, RungRow.id)
        query = sa.select(RungRow.clock, RungRow.name, RungRow.state).order_by(*order)
        return [tuple(row) for row in session.execute(query)]


def test_a_report_plans_the_rungs_of_its_clocks(town: Town) -> None:
    reported(town, datetime(2026, 11, 20, 2, 0, tzinfo=UTC))  # Friday 10:00
    assert rungs(town) == [
        ("intake", "near", WAITING),
        ("intake", "amber", WAITING),
        ("case", "near", WAITING),
        ("case", "amber", WAITING),
        ("case", "red", WAITING),
        ("case", "district", WAITING),
    ]


def test_what_is_overdue_fires_in_order_and_only_once(town: Town) -> None:
    number = reported(town, datetime(2026, 1, 5, 2, 0, tzinfo=UTC))
    with town.app.app_context():
        settings, now = installation().settings, datetime.now(UTC)
        swept = sweep(db.engine, settings, now)
        assert [(one.number, one.clock, one.rung) for one in swept.fired] == [
            (number, "intake", "near"),
            (number, "intake", "amber"),
            (number, "case", "near"),
            (number, "case", "amber"),
            (number, "case", "red"),
            (number, "case", "district"),
        ]
        assert not swept.stuck
        assert sweep(db.engine, settings, now).fired == []
        with transaction(write=False) as session:
            steps = session.scalars(sa.select(Event.step).order_by(Event.version)).all()
            told = session.execute(sa.select(Notice.template, Notice.to_code)).all()
    assert {state for _, _, state in rungs(town)} == {FIRED}
    assert steps == ["report", "warn_amber", "warn_amber", "warn_red", "escalate"]
    # After downtime only the last one's notice goes out.
    last = {(template, code) for template, code in told if template.startswith("rung_")}
    assert last == {("rung_district", "district-dispatcher")}
    assert town.read(number, "dispatcher")["level"] == "street"


def test_a_step_that_leaves_a_stage_settles_it_and_cancels_the_rest(town: Town) -> None:
    number = reported(town, datetime.now(UTC) - timedelta(days=30))
    answer = town.step(number, "dispatcher", "file")
    assert answer.status_code == 200, answer.json
    fired = {(clock, name) for clock, name, state in rungs(town) if state == FIRED}
    assert ("intake", "amber") in fired
    waiting = {clock for clock, _, state in rungs(town) if state == WAITING}
    assert waiting == {"dispatch"}


def test_a_rehearsal_changes_nothing(town: Town) -> None:
    at = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    reported(town, at)
    before = rungs(town)
    with town.app.app_context():
        fired = rehearse(db.engine, installation().settings, at + timedelta(days=3, hours=2))
    assert [(one.clock, one.rung) for one in fired] == [("intake", "near"), ("intake", "amber")]
    assert rungs(town) == before


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(days=1)])
def test_a_machine_with_a_wrong_clock_does_not_sweep(off: timedelta) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    check_clock(now, now + timedelta(seconds=60))
    with pytest.raises(ClockWrong):
        check_clock(now, now + off)


def test_a_rehearsal_tells_all_that_would_fire_with_its_consequences(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only one batch; and what a step of the clock brings with it, each at its own instant."""
    monkeypatch.setattr("gridgov.escalation.sweep.BATCH", 2)
    now = datetime.now(UTC)
    for _ in range(5):
        reported(town, now)
    asked = reported(town, now)
    town.step(asked, "leader", "ask_more", question="which lamp?")
    before = rungs(town)
    with town.app.app_context():
        fired = rehearse(db.engine, installation().settings, now + timedelta(days=60))
    assert rungs(town) == before
    assert len(fired) == 5 * 6 + 7
    assert [one.due for one in fired] == sorted(one.due for one in fired)
    own = [(one.clock, one.rung) for one in fired if one.number == asked]
    # Without an answer the clock goes on: the case's rungs stood still until then.
    assert own[0] == ("waiting", "go_on")
    assert own[-1] == ("case", "district")


def test_a_rehearsal_does_not_wait_for_others_nor_they_for_it(town: Town) -> None:
    at = datetime.now(UTC)
    number = reported(town, at)
    with town.app.app_context(), transaction() as session:
        session.execute(sa.select(Case.id).with_for_update()).all()
        fired = rehearse(db.engine, installation().settings, at + timedelta(days=9))
    assert {one.number for one in fired} == {number}


def test_what_others_have_locked_is_passed_over(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of the queue may be locked for long: the rest must not wait behind them."""
    monkeypatch.setattr("gridgov.escalation.sweep.BATCH", 2)
    long_ago = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
    first = [reported(town, long_ago + n * timedelta(minutes=1)) for n in range(4)]
    with town.app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("one writer at a time")
        settings = installation().settings
        with transaction() as session:
            held = sa.select(Case.number).where(Case.number.in_(first[:2]))
            session.execute(held.with_for_update()).all()
            swept = sweep(db.engine, settings, datetime.now(UTC))
            assert {one.number for one in swept.fired} == set(first[2:])
        swept = sweep(db.engine, settings, datetime.now(UTC))
        assert {one.number for one in swept.fired} == set(first[:2])


def test_one_case_that_fails_does_not_keep_the_others(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = [reported(town, datetime(2026, 1, 5, 2, 0, tzinfo=UTC)) for _ in range(3)]

    def breaks(session: Any, scene: Any, *given: Any) -> Any:
        if scene.case.number == numbers[1]:
            raise ZeroDivisionError
        return settle(session, scene, *given)

    with town.app.app_context():
        settings = installation().settings
        monkeypatch.setattr("gridgov.escalation.sweep.settle", breaks)
        swept = sweep(db.engine, settings, datetime.now(UTC))
        assert {one.number for one in swept.fired} == {numbers[0], numbers[2]}
        assert len(swept.stuck) == 1
        assert "the sweep fails on the case" in caplog.text
        monkeypatch.undo()
        swept = sweep(db.engine, settings, datetime.now(UTC))
        assert {one.number for one in swept.fired} == {numbers[1]}


def test_the_command_fires_rehearses_and_says_what_was_not_allowed(town: Town) -> None:
    run = town.app.test_cli_runner().invoke
    number = reported(town, datetime(2026, 1, 5, 2, 0, tzinfo=UTC))
    said = run(sweep_once, ["--at", "2026-01-06T00:00:00+0800", "--json"])
    assert [one["rung"] for one in json.loads(said.output)["fired"]] == ["near", "amber"]
    said = run(sweep_once, [])
    assert said.exit_code == 0
    assert said.output.count(number) == 6
    assert said.output.endswith("6 rungs\n")
    assert run(sweep_once, []).output == "0 rungs\n"
