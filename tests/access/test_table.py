"""The whole URL map, called by everybody: 401, 403 and 404 exactly where the table says."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from gridgov.faces import gate
from gridgov.faces.access import ACCOUNT, BY_CODE, PUBLIC, SESSION, TABLE, Line
from gridgov.insight.behind import NUMBERS
from gridgov.people.roles import Role
from tests.support.town import G1, PEOPLE, RESIDENT, Town

NOBODYS = "200101-00000-6"
# Somebody in each role, and an account without a person.
ACTORS = list({role: who for who, (_, role, _, _) in reversed(PEOPLE.items())}.values())
# What a route needs before it asks who calls; keys and logins are of nobody, so nothing changes.
BODIES: dict[str, Any] = {
    "duties.begin_duty": {"person": "nobody", "role": "leader", "place": G1},
    "duties.begin_deputy": {"person": "nobody"},
    "accounts.add_account": {"login": "x", "person": "nobody"},
    "callbacks.note_try": {"reached": False},
    "contacts.read_contact": {"purpose": "ask"},
    "contacts.find_earlier": {"earlier": "200101-00000-6"},
    "steps.take_steps": {"step": "urge", "version": 1},
    "firms.find_near": {"lon": 121.49, "lat": 29.88},
    "firms.read_contacts": {"purpose": "visit"},
    "visits.record_visit": {"firm": "nobodys", "met": ["owner"]},
    "joint.add": {"text": "no place to park"},
    "meetings.plan_meeting": {
        "kind": "forum",
        "title": "x",
        "place": "x",
        "area": "000000",
        "starts_at": "2026-01-05T01:00:00Z",
    },
    "meetings.change_meeting": {
        "kind": "forum",
        "title": "x",
        "place": "x",
        "area": "000000",
        "starts_at": "2026-01-05T01:00:00Z",
    },
    "meetings.hold_meeting": {"came": {}},
    "meetings.cancel_meeting": {"why": "x"},
    "resolutions.add_resolution": {"text": "x", "unit": "nobody", "due": "2026-01-05"},
    "resolutions.report_on": {"text": "x"},
    "resolutions.tick_resolution": {"done": True},
    "exports.ask_export": {"layer": "cases", "format": "csv"},
}
QUERIES: dict[str, dict[str, str]] = {
    "administration.channels": {"person": "leader"},
    "administration.read_year": {"year": "2026"},
    "figures.list_behind": {"number": next(iter(NUMBERS))},
}
POINT = {"lon": "121.4905", "lat": "29.8805", "category": "01001"}
QUERIES |= {"web.near_intake": POINT, "web.near_report": POINT}
WORDS = {"login": "nobody", "layer": "cases", "form": "csv", "name": "x", "language": "zh"}
WORDS["fmt"] = "json"


def path_of(app: Flask, line: Line, number: str) -> str:
    """Return the address of a line's route, for one case, and otherwise for nothing that is."""
    rule = next(app.url_map.iter_rules(line.endpoint))
    values = {name: WORDS.get(name, "999999") for name in rule.arguments}
    if "number" in values:
        values["number"] = number
    found: str = app.url_map.bind("localhost").build(line.endpoint, values, method=line.method)
    return found


def call(town: Town, line: Line, number: str, headers: dict[str, str]) -> Any:
    given: dict[str, Any] = {"query_string": QUERIES.get(line.endpoint)}
    if line.method != "GET":
        given["json"] = BODIES.get(line.endpoint, {})
    path = path_of(town.app, line, number)
    return town.client.open(path, method=line.method, headers=headers, **given)


def of_programs(*doors: str) -> list[Line]:
    return [one for one in TABLE if one.door in doors and not one.endpoint.startswith("web.")]


LIMITED = [line for line in of_programs(ACCOUNT) if line.roles]


def test_nobody_comes_in_without_being_known(shared_town: Town) -> None:
    number = shared_town.report()["number"]
    for line in of_programs(ACCOUNT, BY_CODE, SESSION):
        for token in (None, "Bearer gg_wrong", "Basic YTpi"):
            headers = {"Authorization": token} if token else {}
            answer = call(shared_town, line, number, headers)
            expected = {401} if token is None else {401, 415, 422}
            if line.endpoint.startswith("open311"):
                expected = {403}  # its protocol has no other word for it
            assert answer.status_code in expected, (line, token, answer.text)
            assert "WWW-Authenticate" in answer.headers or answer.status_code != 401


def test_pages_send_whoever_is_not_known_to_the_sign_in(shared_town: Town) -> None:
    for line in TABLE:
        if line.endpoint.startswith("web.") and line.door is ACCOUNT and line.method == "GET":
            answer = call(shared_town, line, NOBODYS, {})
            assert answer.status_code == 303, line
            assert answer.headers["Location"].startswith("/sign-in?next=%2F") or answer.headers[
                "Location"
            ].startswith("/sign-in?next=/"), answer.headers["Location"]


@pytest.mark.parametrize("line", LIMITED, ids=lambda line: line.endpoint)
def test_a_route_lets_in_the_roles_of_its_line_and_nobody_else(
    shared_town: Town, line: Line
) -> None:
    refusal = 404 if line.secret else 403
    for who in (*ACTORS, RESIDENT):
        role = Role(PEOPLE[who][1]) if who in PEOPLE else Role.ANYONE
        answer = call(shared_town, line, NOBODYS, shared_town.headers(who))
        if role in line.roles:
            assert answer.status_code not in (401, 403), (who, answer.text)
        else:
            assert answer.status_code == refusal, (who, answer.text)
    code = {"X-Case-Code": shared_town.report()["query_code"]}
    assert call(shared_town, line, NOBODYS, code).status_code == 401


def test_pages_let_in_whom_their_line_lets_in(shared_town: Town) -> None:
    """Every page, for every role and an account without one; of a case that is nobody's."""
    tried = 0
    for line in TABLE:
        if not line.endpoint.startswith("web.") or line.method != "GET":
            continue
        for who in (*ACTORS, RESIDENT):
            role = Role(PEOPLE[who][1]) if who in PEOPLE else Role.ANYONE
            answer = call(shared_town, line, NOBODYS, shared_town.headers(who))
            tried += 1
            assert answer.status_code < 500, (line, who, answer.text)
            if line.door is PUBLIC or (line.roles and role in line.roles):
                assert answer.status_code not in (401, 403), (line, who, answer.text)
            elif line.roles:
                refusal = 404 if line.secret else 403
                assert answer.status_code == refusal, (line, who, answer.text)
            elif line.secret:
                assert answer.status_code == 404, (line, who, answer.text)
    assert tried > 100


def test_the_pages_of_a_case_exist_for_those_in_scope_alone(shared_town: Town) -> None:
    number = shared_town.report(RESIDENT)["number"]
    for who in (*PEOPLE, RESIDENT):
        seen = shared_town.get(f"/cases/{number}", who).status_code
        path = f"/cases/{number}"
        answer = shared_town.client.get(path, headers=shared_town.headers(who))
        assert answer.status_code == seen, (who, answer.text)
        assert number in answer.text or seen == 404


def test_what_needs_a_session_takes_no_token(shared_town: Town) -> None:
    for line in of_programs(SESSION):
        answer = call(shared_town, line, NOBODYS, shared_town.headers("leader"))
        assert answer.status_code in (401, 422), (line, answer.text)


def test_a_case_exists_for_its_reporter_and_those_in_scope_alone(shared_town: Town) -> None:
    taken = shared_town.report(RESIDENT, reporter={"phone": "13800000000"})
    other = shared_town.report()
    number, code = taken["number"], {"X-Case-Code": taken["query_code"]}
    inside = {"leader", "deputy", "member", "member-property", "dispatcher",
              "district-dispatcher", "committee", "caller", "gis", RESIDENT}  # fmt: skip
    for line in of_programs(BY_CODE):
        if line.method != "GET":
            continue
        file = line.endpoint == "attachments.read_file"  # there is none
        for who in (*PEOPLE, RESIDENT):
            answer = call(shared_town, line, number, shared_town.headers(who))
            seen = who in inside and not file
            assert answer.status_code == (200 if seen else 404), (line, who, answer.text)
        for asked, expected in ((number, 404 if file else 200), (other["number"], 404)):
            assert call(shared_town, line, asked, code).status_code == expected, line
        wrong = {"X-Case-Code": "00000000"}
        nobody = call(shared_town, line, NOBODYS, wrong)
        assert call(shared_town, line, number, wrong).json == nobody.json


def test_the_table_is_whole(shared_town: Town) -> None:
    app = Flask("another")
    app.add_url_rule("/new", "new", lambda: "new")
    with pytest.raises(gate.RouteWithoutLine, match="GET new"):
        gate.check(app)
    gate.check(shared_town.app)
    with pytest.raises(gate.LineWithoutRoute):
        gate.check(Flask("empty", static_folder=None))


def test_each_role_reaches_as_far_as_it_says() -> None:
    lists = next(line for line in TABLE if line.endpoint == "cases.list_cases")
    reach = {role: lists.scope(role) for role in Role}
    assert reach[Role.LEADER] == reach[Role.MEMBER] == "own_grid"
    assert reach[Role.HANDLER] == reach[Role.HEAD] == "own_unit"
    assert reach[Role.DISPATCHER] == reach[Role.ORGANISER] == "own_street_and_below"
    assert {reach[role] for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)} == {
        None
    }
