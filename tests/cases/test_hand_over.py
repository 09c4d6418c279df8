"""Ending a duty hands over what it answered for: to whom, with an event, and as a list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from gridgov.cases.hand_over import Handed, end_duty, hand_over, hand_over_list
from gridgov.cases.tables import Case, Subject
from gridgov.cli import main
from gridgov.epochs import bump
from gridgov.errors import NotFound
from gridgov.notices.tables import Notice
from gridgov.people.duties import Asked, grant, standing
from gridgov.people.tables import Duty
from tests.support.desk import DAY, Desk, trying, working
from tests.support.town import G1, G2, IN_G2, PEOPLE, STREET, Town


def ended(desk: Desk, person: str, role: str, place: str) -> Handed:
    desk.at += DAY
    held = standing(desk.session, person, role, place, desk.at)
    actor = desk.actor("security-admin")
    return end_duty(desk.session, held.id, actor, desk.at, desk.known)[1]


def hired(desk: Desk, person: str, role: str, place: str, **more: Any) -> None:
    grant(desk.session, Asked(person, role, place, **more), None, desk.at, desk.settings.keys)


def tell_about(desk: Desk, case: Case, person: str) -> None:
    desk.session.add(Subject(case_id=case.id, person_code=person))
    desk.session.flush()
    desk.session.expire(case, ["subjects"])


def handed(desk: Desk, case: Case) -> list[tuple[str, list[str]]]:
    """Return from whom and to whom a case went, by its events."""
    return [
        (event.data["from"], event.data["to"])
        for event in desk.events(case)
        if event.step == "hand_over"
    ]


def listed(desk: Desk, duty: int, who: str | None = None) -> list[tuple[str, list[str]]]:
    actor = desk.actor(who) if who else None
    _, _, items = hand_over_list(desk.session, duty, actor, desk.at, desk.known)
    return [(item.case.number, item.to) for item in items]


def test_a_handlers_cases_go_to_the_deputy(still_town: Town) -> None:
    with trying(still_town) as desk:
        hired(desk, "gis", "handler", "property")
        hired(desk, "member2", "handler", "property", deputy=True)
        mine = desk.act(desk.stage("handling"), "head", "assign", person="handler")
        another = desk.act(desk.stage("handling"), "head", "assign", person="gis")
        closed = desk.stage("handling")
        closed = desk.act(closed, "head", "assign", person="handler")
        desk.act(closed, "handler", "submit")
        desk.act(closed, "member", "pass")
        version = mine.version
        over = ended(desk, "handler", "handler", "property")
        assert over.cases == 1
        assert (mine.handler_code, mine.version) == ("member2", version + 1)
        assert handed(desk, mine) == [("handler", ["member2"])]
        assert another.handler_code == "gis"
        assert [handed(desk, one) for one in (another, closed)] == [[], []]
        # The list is read by who takes over, and by whoever sees the case; told once of all.
        assert listed(desk, over.duty) == [(mine.number, ["member2"])]
        assert listed(desk, over.duty, "member2") == listed(desk, over.duty)
        assert listed(desk, over.duty, "security-admin") == []
        with pytest.raises(NotFound):
            listed(desk, over.duty, "handler-office")
        told = sa.select(Notice.to_code, Notice.data).where(Notice.template == "handed_over")
        ((code, data),) = desk.session.execute(told).all()
        assert (code, data["count"]) == ("member2", 1)


def test_without_another_a_case_goes_back_to_the_unit(still_town: Town) -> None:
    with trying(still_town) as desk:
        mine = desk.act(desk.stage("handling"), "head", "assign", person="handler")
        ended(desk, "handler", "handler", "property")
        assert (mine.handler_code, mine.unit_code) == (None, "property")
        assert handed(desk, mine) == [("handler", [])]


def test_who_still_holds_a_duty_over_a_case_keeps_it(still_town: Town) -> None:
    with trying(still_town) as desk:
        hired(desk, "handler", "head", "property")
        mine = desk.act(desk.stage("handling"), "head", "assign", person="handler")
        assert ended(desk, "handler", "handler", "property").cases == 0
        assert mine.handler_code == "handler"


def test_a_leaders_cases_go_to_the_deputy_then_to_the_street(still_town: Town) -> None:
    with trying(still_town) as desk:
        mine, elsewhere = desk.take(), desk.take(place=IN_G2)
        above = desk.act(desk.take(), "leader", "escalate")
        about = desk.take()
        tell_about(desk, about, "leader")
        # The deputy answers for nothing while the leader is there.
        first = ended(desk, "leader", "leader", G1)
        assert first.cases == 1
        assert handed(desk, mine) == [("leader", ["deputy"])]
        second = ended(desk, "deputy", "leader", G1)
        assert second.cases == 2
        assert handed(desk, mine)[1] == ("deputy", ["dispatcher"])
        assert [handed(desk, one) for one in (elsewhere, above)] == [[], []]
        last = desk.events(mine)[-1]
        assert (last.role, last.data["duty_role"], last.audience) == ("clock", "leader", "staff")


def test_a_deputy_who_only_stood_by_hands_over_nothing(still_town: Town) -> None:
    with trying(still_town) as desk:
        desk.take()
        assert ended(desk, "deputy", "leader", G1).cases == 0


def test_a_dispatchers_cases_go_to_the_district(still_town: Town) -> None:
    with trying(still_town) as desk:
        in_grid = desk.take()
        above = desk.act(desk.take(), "leader", "escalate")
        assert ended(desk, "dispatcher", "dispatcher", STREET).cases == 1
        assert handed(desk, above) == [("dispatcher", ["district-dispatcher"])]
        assert handed(desk, in_grid) == []


def test_what_a_member_was_to_verify_another_verifies(still_town: Town) -> None:
    with trying(still_town) as desk:
        asked = desk.act(desk.take(), "leader", "ask_verify", person="member")
        other = desk.act(desk.take(), "leader", "ask_verify", person="member-property")
        assert ended(desk, "member", "member", G1).cases == 1
        assert handed(desk, asked) == [("member", ["member-property"])]
        assert handed(desk, other) == []


def test_a_case_about_someone_goes_to_another(still_town: Town) -> None:
    with trying(still_town) as desk:
        hired(desk, "gis", "handler", "property")
        hired(desk, "member2", "handler", "property", deputy=True)
        mine = desk.act(desk.stage("handling"), "head", "assign", person="handler")
        tell_about(desk, mine, "member2")
        ended(desk, "handler", "handler", "property")
        assert mine.handler_code == "gis"


def test_a_period_that_runs_out_is_handed_over_by_the_clock_once(still_town: Town) -> None:
    with trying(still_town) as desk:
        held = standing(desk.session, "leader2", "leader", G2, desk.at)
        held.ends = desk.at + DAY
        desk.session.flush()
        bump(desk.session, "people")
        mine = desk.take(place=IN_G2)
        assert hand_over(desk.session, desk.at, desk.known) == []
        desk.at += 2 * DAY
        after = desk.take(place=IN_G2)
        desk.at += DAY
        (over,) = hand_over(desk.session, desk.at, desk.known)
        assert (over.person, over.cases) == ("leader2", 1)
        assert hand_over(desk.session, desk.at, desk.known) == []
        assert [len(handed(desk, one)) for one in (mine, after)] == [1, 0]


def test_the_command_line_ends_a_duty_and_prints_the_list(town: Town) -> None:
    number = town.report()["number"]
    settings = town.app.extensions["gridgov"].settings
    environ = {
        "GRIDGOV_DATABASE_URL": settings.database_url,
        "GRIDGOV_SECRET_KEY": settings.secret_key,
        "GRIDGOV_FILES": str(settings.files),
        "LC_ALL": "en",
    }

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["duty", *words], env=environ)

    made = run("end", "leader", "leader", G1, "--json")
    assert made.exit_code == 0, made.output
    view = json.loads(made.stdout)
    assert (view["count"], view["cases"][0]["number"]) == (1, number)
    assert view["cases"][0]["to"] == ["deputy"]
    again = run("hand-over", str(view["duty"]["id"]))
    assert again.exit_code == 0, again.output
    assert number in again.output
    assert run("end", "leader", "leader", G1).exit_code == 1
    begun = run("begin", "leader", "leader", G1)
    assert begun.exit_code == 0, begun.output
    shown = run("list", "--person", "leader", "--json")
    assert [one["id"] for one in json.loads(shown.stdout)["duties"]] == [int(begun.stdout)]
    with working(town) as desk:
        rows = desk.session.scalars(sa.select(Duty).where(Duty.person_code == "leader")).all()
        # Ended and begun, never overwritten.
        assert [row.ends is None for row in sorted(rows, key=lambda row: row.id)] == [False, True]


def test_a_file_that_ends_a_duty_hands_over_too(town: Town, tmp_path: Path) -> None:
    number = town.report()["number"]
    settings = town.app.extensions["gridgov"].settings
    environ = {
        "GRIDGOV_DATABASE_URL": settings.database_url,
        "GRIDGOV_SECRET_KEY": settings.secret_key,
        "GRIDGOV_FILES": str(settings.files),
    }
    lines = [
        f"{person},{role},{place},{'yes' if deputy else ''}"
        for person, (_, role, place, deputy) in PEOPLE.items()
        if person != "leader"
    ]
    file = tmp_path / "in" / "duties.csv"
    file.parent.mkdir()
    file.write_text("\n".join(["person,role,place,deputy", *lines]), "utf-8")
    made = CliRunner().invoke(main, ["load", str(file.parent)], env=environ)
    assert made.exit_code == 0, made.output
    assert town.get(f"/cases/{number}", "leader").status_code == 404
    assert town.get(f"/cases/{number}/timeline", "deputy").json["events"][-1]["step"] == "hand_over"
