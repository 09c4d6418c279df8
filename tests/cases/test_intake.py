"""Intake: place, routing, numbers, codes, idempotency, contacts, notices."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from geo.datum import from_cgcs2000
from gridgov.cases import numbers
from gridgov.cases.placing import CoordinatesSwapped, Location
from gridgov.cases.report import (
    About,
    CategoryUnknown,
    ChannelNotYours,
    ExternalRefTaken,
    NothingSaid,
)
from gridgov.cases.tables import Reporter
from gridgov.database import db
from tests.cases.held import release
from tests.support.desk import Desk, working
from tests.support.town import G1, IN_G1, OUTSIDE, SOUTH, STEP, STREET, WEST, Town

CELL = f"{STREET}001"


# Where it lies, and who it goes to


@pytest.mark.parametrize(
    ("given", "rule", "level", "role", "flags"),
    [
        ({}, "leader", "grid", "leader", []),
        ({"place": OUTSIDE}, "outside", "street", "dispatcher", ["outside"]),
        ({"location": Location()}, "unplaced", "street", "dispatcher", ["unplaced"]),
        ({"category": "21001"}, "enterprise", "street", "dispatcher", []),
        ({"category": "41001"}, "party", "street", "organiser", []),
        ({"category": None}, "leader", "grid", "leader", []),
        ({"subject": About("leader")}, "subject", "street", "dispatcher", []),
        ({"subject": About("unit", unit="office")}, "subject", "street", "dispatcher", []),
        ({"subject": About("other", text="a dog")}, "leader", "grid", "leader", []),
        ({"location": Location(*IN_G1, accuracy_m=80)}, "leader", "grid", "leader",
         ["uncertain_place"]),
        ({"location": Location(*IN_G1, accuracy_m=30)}, "leader", "grid", "leader", []),
    ],
)  # fmt: skip
def test_who_a_case_goes_to_and_why(
    desk: Desk, given: dict[str, Any], rule: str, level: str, role: str, flags: list[str]
) -> None:
    case = desk.take(**given)
    data = desk.events(case)[0].data["routing"]
    assert (data["rule"], case.level, data["role"], case.flags) == (rule, level, role, flags)
    assert case.area_code == STREET
    assert {("person", code) for code in data["persons"]} == desk.told(case)


def test_the_deputy_answers_and_then_the_street(desk: Desk) -> None:
    release(desk, "leader")
    case = desk.take()
    assert desk.events(case)[0].data["routing"]["rule"] == "deputy"
    assert desk.told(case) == {("person", "deputy")}
    release(desk, "deputy")
    case = desk.take()
    assert desk.events(case)[0].data["routing"]["rule"] == "no_leader"
    assert (case.level, case.flags, case.grid_code) == ("street", ["no_leader"], G1)
    assert desk.told(case) == {("person", "dispatcher")}


@pytest.mark.parametrize("coord_type", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_a_point_lands_where_it_should_in_any_datum(desk: Desk, coord_type: str) -> None:
    for column in range(4):
        true = (WEST + STEP * (column + 0.5), SOUTH + STEP / 2)
        lon, lat = from_cgcs2000(*true, coord_type)
        case = desk.take(location=Location(float(lon), float(lat), coord_type))
        assert case.cell_code == f"{CELL}{column + 1:03d}"
        assert case.point == pytest.approx(true, abs=1e-8)
        assert (case.raw_x, case.raw_y, case.coord_type) == (lon, lat, coord_type)


def test_a_shared_edge_belongs_to_the_lower_code(desk: Desk) -> None:
    case = desk.take(location=Location(WEST + 2 * STEP, SOUTH + STEP / 2, "cgcs2000"))
    assert case.cell_code in (f"{CELL}002", f"{CELL}003")
    for column in range(1, 4):
        exact = WEST + STEP * column
        case = desk.take(location=Location(exact, SOUTH + STEP / 2, "cgcs2000"))
        assert case.cell_code == f"{CELL}{column:03d}"


def test_swapped_coordinates_are_refused_and_said(desk: Desk) -> None:
    with pytest.raises(CoordinatesSwapped):
        desk.take(location=Location(IN_G1[1], IN_G1[0]))
    assert desk.take(location=Location(31.0, 118.0 - 90)).flags == ["outside"]


def test_what_cannot_become_a_case(desk: Desk) -> None:
    with pytest.raises(NothingSaid):
        desk.take(description=None, category=None)
    with pytest.raises(CategoryUnknown):
        desk.take(category="99999")
    for wrong in ({"channel": "hotline"}, {"external_ref": "1"}):
        with pytest.raises(ChannelNotYours):
            desk.take(**wrong)
    assert desk.take("caller", channel="hotline", external_ref="1").external_ref == "1"


def test_an_urgent_category_is_dispatched_at_once_and_the_roster_told(desk: Desk) -> None:
    case = desk.take(category="31001", description="gas")
    assert [event.step for event in desk.events(case)] == ["report", "dispatch_urgent"]
    assert (case.status, case.unit_code, case.version) == ("dispatched", "property", 2)
    assert desk.events(case)[1].role == "clock"
    assert desk.told(case, "dispatch_urgent") == {
        ("person", "handler"), ("person", "leader"), ("unit", "property"),
    }  # fmt: skip
    elsewhere = desk.take(category="31001", subject=About("unit", unit="property"))
    assert elsewhere.status == "reported"


# Numbers and codes


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.integers(0, 99_999), st.data())
def test_every_single_wrong_digit_of_a_number_is_found(
    day: date, drawn: int, data: st.DataObject
) -> None:
    number = numbers.number(day, drawn)
    assert numbers.read(number) == numbers.read(number.replace("-", "")) == number
    digits = number.replace("-", "")
    place = data.draw(st.integers(0, 11))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    with pytest.raises(numbers.NumberWrong):
        numbers.read(digits[:place] + other + digits[place + 1 :])


def test_numbers_are_of_the_day_in_the_park_and_unique(desk: Desk) -> None:
    desk.at = desk.at.replace(hour=16, minute=30)  # the next day in Ningbo
    found = [desk.take().number for _ in range(30)]
    assert len(set(found)) == 30
    assert all(number.startswith("260304-") for number in found)


def test_codes_differ_and_open_one_case_only(town: Town) -> None:
    first, second = town.report(), town.report()
    assert first["query_code"] != second["query_code"]
    path = f"/cases/{first['number']}"
    code = first["query_code"]
    for written in (code, code.lower(), f"{code[:4]}-{code[4:]}", f" {code} "):
        assert town.get(path, **{"X-Case-Code": written}).status_code == 200
    assert town.get(f"{path}?code={code}").status_code == 200
    assert town.get(path, **{"X-Case-Code": second["query_code"]}).status_code == 404


# The same request twice


def test_the_same_key_answers_with_the_same_case(town: Town) -> None:
    body = {"description": "lamp", "location": {"lon": IN_G1[0], "lat": IN_G1[1]}}
    key = {"Idempotency-Key": "0123456789abcdef"}
    first, second = town.post("/cases", body, **key), town.post("/cases", body, **key)
    assert first.status_code == second.status_code == 201
    assert {k: v for k, v in first.json.items() if k != "similar"} == {
        k: v for k, v in second.json.items() if k != "similar"
    }
    other = town.post("/cases", body | {"description": "bench"}, **key)
    assert (other.status_code, other.json["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert town.get("/cases", "dispatcher").json["cases"][1:] == []


def test_two_at_once_with_one_key_make_one_case(town: Town) -> None:
    body = {"description": "lamp", "location": {"lon": IN_G1[0], "lat": IN_G1[1]}}
    answers: list[Any] = []
    start = threading.Barrier(4)

    def report() -> None:
        client = town.app.test_client()
        start.wait()
        head = town.headers(**{"Idempotency-Key": "the same key"})
        answers.append(client.post("/api/v1/cases", json=body, headers=head))

    threads = [threading.Thread(target=report) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["number"] for answer in answers}) == 1
    assert len(town.get("/cases", "dispatcher").json["cases"]) == 1


def test_an_external_number_is_unique_in_its_channel(desk: Desk) -> None:
    desk.take("caller", channel="hotline", external_ref="7")
    desk.take("caller", channel="mail", external_ref="7")
    with desk.undone(), pytest.raises(ExternalRefTaken):
        desk.take("caller", channel="hotline", external_ref="7")


# Contacts


def test_contacts_are_sealed_masked_and_in_no_log(
    town: Town, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    phone, name = "13857412345", "欧阳修远"
    caplog.set_level("DEBUG")
    taken = town.report(reporter={"name": name, "phone": phone, "email": "ou.yang@example.org"})
    number = taken["number"]
    collected = ["name", "phone", "email", "description", "location"]
    assert taken["notice"]["collected"] == collected
    shown = town.read(number, "leader")["reporter"]
    assert shown == {"name": "欧**", "phone": "138****2345", "email": "o***@example.org"}
    for who in ("member", "gis", "committee"):
        assert town.read(number, who)["reporter"] is None
    code = {"X-Case-Code": taken["query_code"]}
    texts = [
        town.get(f"/cases/{number}", **code).text,
        town.get(f"/cases/{number}/timeline", "dispatcher").text,
        town.get("/cases", "dispatcher").text,
        caplog.text,
        *capfd.readouterr(),
    ]
    secrets = (phone, name, "ou.yang")
    assert not any(secret in text for text in texts for secret in secrets)
    raw = _raw(town)
    assert not any(secret.encode() in raw for secret in secrets)
    assert number.encode() in raw


def _raw(town: Town) -> bytes:
    """Return every byte that the database keeps."""
    with town.app.app_context():
        url = db.engine.url
        if url.get_backend_name() == "sqlite":
            paths = Path(url.database or "").parent.glob(Path(url.database or "").name + "*")
            return b"".join(path.read_bytes() for path in paths)
        with db.engine.connect() as connection:
            tables = sa.inspect(connection).get_table_names()
            rows = (
                row for table in tables
                for row in connection.execute(sa.text(f'SELECT "{table}"::text FROM "{table}"'))
            )  # fmt: skip
            raw = "\n".join(str(row[0]) for row in rows).encode()
            sealed = connection.execute(sa.select(Reporter.sealed)).scalars()
            return raw + b"".join(bytes(one) for one in sealed)


def test_anonymous_reports_leave_no_contact(town: Town) -> None:
    taken = town.report(anonymous=True, reporter={"name": "Li", "phone": "13857412345"})
    assert taken["notice"]["collected"] == ["description", "location"]  # and no contact
    with working(town) as desk:
        assert desk.session.scalars(sa.select(Reporter)).all() == []
    assert town.read(taken["number"], "dispatcher")["reporter"] is None


def test_a_transfer_keeps_neither_place_nor_address(desk: Desk) -> None:
    case = desk.take(category="41002", location=Location(*IN_G1, address="Room 301"))
    assert (case.point, case.raw_x, case.address, case.cell_code, case.grid_code) == (None,) * 5


# Notices


def test_each_step_tells_who_has_to_know_and_never_who_did_it(desk: Desk) -> None:
    case = desk.stage("evaluated")
    expected = {
        "report": {("person", "leader")},
        "file": set(),
        "dispatch": {("unit", "property")},
        "accept": set(),
        "submit": {("person", "leader"), ("reporter", case.number)},
        "pass": {("unit", "property"), ("reporter", case.number)},
        "evaluate": set(),
    }
    for step, told in expected.items():
        assert desk.told(case, step) == told, step
    own = desk.take()
    desk.act(own, "leader", "ask_verify")
    assert ("person", "leader") not in desk.told(own, "ask_verify")
    case = desk.stage("handling")
    desk.act(case, "head", "ask_return")
    assert desk.told(case, "ask_return") == {("person", "dispatcher")}
    desk.act(case, "dispatcher", "grant_return")
    assert desk.told(case, "grant_return") == {("person", "leader"), ("unit", "property")}
    anonymous = desk.stage("rejected", anonymous=True)
    assert desk.told(anonymous, "reject") == set()
