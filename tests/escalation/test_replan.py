"""Another ladder, calendar or limit: open cases are planned again, and what has fired stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.app import installation
from gridgov.cases.known import known
from gridgov.cases.placing import Location
from gridgov.cases.report import Draft, report
from gridgov.cases.tables import Event
from gridgov.cli.calendar import calendar
from gridgov.cli.ladder import ladder
from gridgov.cli.load import load
from gridgov.database import db, transaction
from gridgov.escalation.sweep import sweep
from gridgov.ladder.tables import CANCELLED, FIRED, WAITING, RungRow
from gridgov.people.actors import ANYONE
from gridgov.settings import ROOT
from tests.support.town import IN_G1, Town

Run = Callable[..., Any]
OTHER = """
[limits]
intake = "8 working_hours"
[[rung]]
name = "amber"
clock = "any"
at = "100 %"
steps = ["warn_amber"]
[[rung]]
name = "soon"
clock = "case"
at = "10 %"
"""


@pytest.fixture
def run(town: Town) -> Run:
    """Give the command line of a town of the test's own."""
    return town.app.test_cli_runner().invoke


def reported(town: Town, at: datetime, category: str = "01001") -> str:
    with town.app.app_context(), transaction() as session:
        draft = Draft("lamp", category, location=Location(*IN_G1))
        made = report(session, draft, ANYONE, at, known(session, installation().settings))
        return made.case.number


def rungs(town: Town, *states: str) -> dict[str, datetime]:
    with town.app.app_context(), transaction(write=False) as session:
        query = sa.select(RungRow).where(RungRow.state.in_(states)).order_by(RungRow.id)
        return {f"{row.clock}.{row.name}": row.at for row in session.scalars(query)}


def steps(town: Town) -> list[str]:
    with town.app.app_context(), transaction(write=False) as session:
        return list(session.scalars(sa.select(Event.step).order_by(Event.id)))


def test_a_ladder_is_shown_first_then_put_in_force(town: Town, run: Run, tmp_path: Path) -> None:
    number = reported(town, datetime.now(UTC) - timedelta(days=1))
    file = tmp_path / "other.toml"
    file.write_text(OTHER)
    before = rungs(town, WAITING, FIRED, CANCELLED)

    said = run(ladder, ["plan", str(file), "--json"])
    (one,) = json.loads(said.stdout)["cases"]
    assert one["number"] == number
    changed = {f"{c['clock']}.{c['name']}": (c["before"], c["after"]) for c in one["changes"]}
    assert changed["intake.near"][1] is None
    assert changed["case.soon"][0] is None
    assert changed["case.red"][1] is None
    assert "case.amber" not in changed
    assert rungs(town, WAITING, FIRED, CANCELLED) == before
    assert "1 open cases would change" in run(ladder, ["plan", str(file)]).stdout

    said = run(ladder, ["load", str(file)])
    assert "2 rungs in force; 1 open cases planned again" in said.stdout
    assert rungs(town, WAITING).keys() == {"intake.amber", "case.amber", "case.soon"}
    assert rungs(town, CANCELLED).keys() >= {"intake.near", "case.near", "case.red"}
    assert "0 open cases would change" in run(ladder, ["plan", str(file)]).stdout


def test_what_has_fired_stays_and_does_not_fire_again(town: Town, run: Run, tmp_path: Path) -> None:
    reported(town, datetime(2026, 1, 5, 2, 0, tzinfo=UTC))
    with town.app.app_context():
        settings = installation().settings
        sweep(db.engine, settings, datetime.now(UTC))
    before, told = rungs(town, FIRED), steps(town)
    file = tmp_path / "other.toml"
    file.write_text(OTHER)
    run(ladder, ["load", str(file)])
    assert rungs(town, FIRED) == before
    with town.app.app_context():
        fired = sweep(db.engine, settings, datetime.now(UTC)).fired
    assert [(one.clock, one.rung) for one in fired] == [("case", "soon")]
    assert steps(town) == told
    # And back again: what was taken off returns, what fired stays fired.
    own = ROOT / "config" / "ladder.toml"
    run(ladder, ["load", str(own)])
    assert rungs(town, FIRED) == before | {"case.soon": fired[0].due}
    assert rungs(town, WAITING) == {}


def test_a_wrong_ladder_is_refused_and_the_old_one_stays(
    town: Town, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_bytes(b"\xff")
    before = run(ladder, ["show"]).stdout
    assert run(ladder, ["load", str(file)]).exit_code != 0
    assert run(ladder, ["plan", str(file)]).exit_code != 0
    assert run(ladder, ["show"]).stdout == before


def test_a_new_year_moves_provisional_deadlines_and_says_so_on_each_case(
    town: Town, run: Run, tmp_path: Path
) -> None:
    late = datetime(2026, 12, 31, 8, 0, tzinfo=UTC)
    moved = reported(town, late)
    days = [{"name": "元旦", "date": f"2027-01-0{n}", "isOffDay": n < 4} for n in (1, 2, 3, 9)]
    days[-1] |= {"isOffDay": False}  # a Saturday worked for it
    file = tmp_path / "2027.json"
    file.write_text(json.dumps({"year": 2027, "days": days}))
    before = rungs(town, WAITING)
    with town.app.app_context(), transaction(write=False) as session:
        unsure = session.scalars(sa.select(RungRow.provisional)).all()
    assert any(unsure)

    said = run(calendar, ["import", str(file)])
    assert said.exit_code == 0, said.output
    assert "1 open cases computed again" in said.output
    after = rungs(town, WAITING)
    assert after["case.amber"] != before["case.amber"]
    assert town.read(moved, "dispatcher")["status"] == "reported"
    assert steps(town) == ["report", "recompute"]
    with town.app.app_context(), transaction(write=False) as session:
        assert not any(session.scalars(sa.select(RungRow.provisional)))
        event = session.scalars(sa.select(Event).where(Event.step == "recompute")).one()
    changes = {f"{one['clock']}.{one['name']}": one for one in event.data["rungs"]}
    assert changes["case.amber"]["before"] == before["case.amber"].isoformat()
    assert changes["case.amber"]["after"] == after["case.amber"].isoformat()
    # The same file again says nothing more.
    assert "computed again" not in run(calendar, ["import", str(file)]).output
    assert steps(town) == ["report", "recompute"]


def test_other_limits_in_the_taxonomy_plan_open_cases_again(
    town: Town, run: Run, tmp_path: Path
) -> None:
    own = (ROOT / "config" / "taxonomy" / "categories.csv").read_text("utf-8-sig")
    heads, *lines = own.splitlines()
    line = next(line for line in lines if line.startswith("01001,"))
    reported(town, datetime.now(UTC))
    before = rungs(town, WAITING)
    (tmp_path / "categories.csv").write_text(
        f"{heads}\n{line.replace('municipal', 'property').replace('5工作日', '1工作日')}\n"
    )
    said = run(load, [str(tmp_path), "--add"])
    assert said.exit_code == 0, said.output
    after = rungs(town, WAITING)
    assert after["case.amber"] < before["case.amber"]
    assert after["intake.amber"] == before["intake.amber"]
