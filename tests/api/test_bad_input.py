"""Whatever is sent that cannot be taken: a 4xx that names the field, never a 5xx."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest

from tests.support.town import IN_G1, Town

BOUND = 262_144
CASES = "/api/v1/cases"
PLACE = {"lon": IN_G1[0], "lat": IN_G1[1]}


def wrong(answer: Any, status: int, field: str | None = None) -> Any:
    """Hold that an answer is a problem of this status, and names this field."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    found = answer.json
    assert found["status"] == status
    assert found["title"]
    if field is not None:
        assert {one["field"] for one in found["errors"]} == {field}, found
        assert found["errors"][0]["message"]
    return found


def send(town: Town, data: Any, kind: str = "application/json", **headers: str) -> Any:
    """POST raw bytes as a report."""
    sent = data if isinstance(data, bytes | str) else json.dumps(data)
    return town.client.post(
        CASES, data=sent, headers=town.headers(**headers) | {"Content-Type": kind}
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"description": "x",}',
        b"{'description': 'x'}",
        b'{"description": "\xff\xfe"}',
        '{"description": "路灯"}'.encode("gb18030"),
        b'{"location": {"lon": NaN, "lat": 29.88}}',
        b'{"description": "x", "answers": {"a": Infinity}}',
        b'{"description": "x", "answers": {"a": -Infinity}}',
        b'{"description": "x", "answers": {"a": 1e999}}',
        b'{"location": {"lon": 1e999, "lat": 29.88}}',
        b'{"description": "x", "answers": {"a": ' + b"9" * 5000 + b"}}",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 40_000,
        b'{"description": "x"} {"description": "y"}',
    ],
)
@pytest.mark.parametrize("path", ["/cases", "/cases/261122-03845-2/steps"])
def test_what_is_no_json_is_refused(shared_town: Town, path: str, body: bytes) -> None:
    headers = shared_town.headers("leader") | {"Content-Type": "application/json"}
    answer = shared_town.client.post("/api/v1" + path, data=body, headers=headers)
    assert wrong(answer, 400)["detail"] == "Send valid JSON in UTF-8."


@pytest.mark.parametrize("body", [[], "text", 5, True, None, [[]], [{"description": "x"}]])
def test_a_report_is_an_object(shared_town: Town, body: Any) -> None:
    wrong(send(shared_town, json.dumps(body)), 422, "body")


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/xml", "application/x-www-form-urlencoded", "a" * 300]
)
def test_another_kind_of_content_is_refused(shared_town: Town, kind: str) -> None:
    wrong(send(shared_town, {"description": "x"}, kind), 415)


def test_bodies_are_bounded(shared_town: Town) -> None:
    whole = {"description": "x", "location": {"address": "y" * BOUND}}
    wrong(send(shared_town, whole), 413)
    wrong(send(shared_town, b'{"description": "' + b"x" * 20_000_000 + b'"}'), 413)
    wrong(send(shared_town, b"x" * (BOUND + 1), "text/plain"), 413)
    # Without a length: what is read is bounded.
    answer = shared_town.client.post(
        CASES,
        input_stream=io.BytesIO(b'{"description": "' + b"x" * 1_000_000),
        headers=shared_town.headers() | {"Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    wrong(answer, 413)


def test_a_million_characters_are_too_many(shared_town: Town) -> None:
    wrong(send(shared_town, {"description": "灯" * 1_000_000}), 413)
    wrong(send(shared_town, {"description": "x" * 5001}), 422, "description")
    wrong(send(shared_town, {"description": "灯" * 60_000}), 413)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"description": 5}, "description"),
        ({"description": ["x"]}, "description"),
        ({"description": {"a": 1}}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"description": "a\x1bb"}, "description"),
        ({"description": "\ud800"}, "description"),
        ({"category": "99999"}, "category"),
        ({"category": 1001}, "category"),
        ({"category": "01001 OR 1=1"}, "category"),
        ({"category": "路灯"}, "category"),
        ({"urgency": "very"}, "urgency"),
        ({"anonymous": "yes"}, "anonymous"),
        ({"anonymous": 1}, "anonymous"),
        ({"confidential": "no"}, "confidential"),
        ({"location": []}, "location"),
        ({"location": {"lon": "east", "lat": 1}}, "location.lon"),
        ({"location": {"lon": 121.49}}, "location.lat"),
        ({"location": {"lon": 121.49, "lat": None}}, "location.lat"),
        ({"location": {"lon": 1e300, "lat": 1}}, "location.lon"),
        ({"location": {"lon": 10**400, "lat": 1}}, "location.lon"),
        ({"location": {"lon": 181, "lat": 1}}, "location.lon"),
        ({"location": PLACE | {"coord_type": "mars"}}, "location.coord_type"),
        ({"location": PLACE | {"accuracy_m": -1}}, "location.accuracy_m"),
        ({"location": PLACE | {"accuracy_m": "NaN"}}, "location.accuracy_m"),
        ({"location": {"lon": "nan", "lat": "inf"}}, None),
        ({"location": {"lon": IN_G1[1], "lat": IN_G1[0]}}, "location"),
        ({"location": {"lon": 10, "lat": 95}}, "location.lat"),
        ({"location": {"address": "x" * 301}}, "location.address"),
        ({"location": PLACE | {"altitude": 3}}, "location.altitude"),
        ({"reporter": "me"}, "reporter"),
        ({"reporter": {"phone": "call me"}}, "reporter.phone"),
        ({"reporter": {"phone": 13812345678}}, "reporter.phone"),
        ({"reporter": {"email": "not one"}}, "reporter.email"),
        ({"reporter": {"email": "a@b.cn\r\nBcc: x@y.z"}}, "reporter.email"),
        ({"reporter": {"name": "x" * 51}}, "reporter.name"),
        ({"subject": {"kind": "nobody"}}, "subject.kind"),
        ({"subject": {"kind": "unit", "unit": "no-such"}}, "subject"),
        ({"answers": {"a": []}}, "answers.a.value"),
        ({"answers": {"a": {"b": 1}}}, "answers.a.value"),
        ({"answers": {"a": 2**53}}, "answers.a.value"),
        ({"answers": {"a": "x" * 1001}}, "answers.a.value"),
        ({"answers": {"a": "\ud800"}}, "answers.a.value"),
        ({"answers": {"\ud800": 1}}, None),
        ({"answers": {"a\x00": 1}}, None),
        ({"answers": {str(n): n for n in range(31)}}, "answers"),
        ({"channel": "Web!"}, "channel"),
        ({"external_ref": "x" * 101}, "external_ref"),
        ({"colour": "red"}, "colour"),
        ({"steps": {}}, "steps"),
        ({"steps": [{"step": "fly"}]}, "steps.0.step"),
        ({"steps": [{"step": "settle", "wings": 2}]}, "steps.0.wings"),
        ({"steps": [{}] * 11}, None),
    ],
)
def test_wrong_fields_are_named(shared_town: Town, given: dict[str, Any], field: str) -> None:
    wrong(send(shared_town, {"description": "x"} | given), 422, field)


def test_nothing_said_is_refused(shared_town: Town) -> None:
    for body in ({}, {"description": ""}, {"description": " \n "}, {"description": None}):
        wrong(send(shared_town, body), 422, "description")


def test_swapped_coordinates_are_recognised(shared_town: Town) -> None:
    swapped = {"lon": IN_G1[1], "lat": IN_G1[0]}
    found = wrong(send(shared_town, {"description": "x", "location": swapped}), 422, "location")
    assert "swapped" in found["detail"]
    answer = shared_town.get(f"/map/locate?lon={IN_G1[1]}&lat={IN_G1[0]}")
    assert "swapped" in wrong(answer, 422, "location")["detail"]


def test_a_name_that_comes_twice_is_refused(shared_town: Town) -> None:
    wrong(send(shared_town, b'{"description": "x", "description": "y"}'), 422, "description")
    body = b'{"description": "x", "answers": {"a": 1, "\\u0061": 2}}'
    wrong(send(shared_town, body), 422, "a")


def test_only_staff_chooses_a_channel_and_a_number_of_theirs(shared_town: Town) -> None:
    for given in ({"channel": "telephone"}, {"external_ref": "12345-1"}):
        wrong(send(shared_town, {"description": "x"} | given), 403, "channel")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "step"),
        ({"step": "fly"}, "step"),
        ({"step": None}, "step"),
        ({"step": "file"}, "version"),
        ({"step": "file", "version": 0}, "version"),
        ({"step": "file", "version": -1}, "version"),
        ({"step": "file", "version": 2**31}, "version"),
        ({"step": "file", "version": 10**300}, "version"),
        ({"step": "file", "version": "1"}, "version"),
        ({"step": "file", "version": 1.5}, "version"),
        ({"step": "file", "version": True}, "version"),
        ({"step": "file", "version": None}, "version"),
        ({"step": "file", "version": 1, "colour": "red"}, "colour"),
        ({"step": "file", "version": 1, "resume_on": "2026-02-30"}, "resume_on"),
        ({"step": "file", "version": 1, "resume_on": "tomorrow"}, "resume_on"),
        ({"step": "file", "version": 1, "resume_on": 20261122}, "resume_on"),
        ({"step": "file", "version": 1, "reply_due": "2026-11-22T25:00:00Z"}, "reply_due"),
        ({"step": "file", "version": 1, "reply_due": "2026-11-22T08:00:00"}, "reply_due"),
        ({"step": "file", "version": 1, "contacted": "yes"}, "contacted"),
        ({"step": "file", "version": 1, "outcome": "magic"}, "outcome"),
        ({"step": "file", "version": 1, "text": "a\x00"}, "text"),
        ({"step": "file", "version": 1, "text": "x" * 5001}, "text"),
        ({"step": "file", "version": 1, "category": "99999"}, "category"),
    ],
)
def test_wrong_fields_of_a_step_are_named(
    shared_town: Town, given: dict[str, Any], field: str
) -> None:
    number = shared_town.report(category=None)["number"]
    wrong(shared_town.post(f"/cases/{number}/steps", given, "leader"), 422, field)


@pytest.mark.parametrize("body", [[], [{}] * 11, "file", 5, None, [[]], [5]])
def test_steps_are_one_or_a_list_of_ten(shared_town: Town, body: Any) -> None:
    number = shared_town.report()["number"]
    headers = shared_town.headers("leader") | {"Content-Type": "application/json"}
    path = f"/api/v1/cases/{number}/steps"
    wrong(shared_town.client.post(path, data=json.dumps(body), headers=headers), 422)


def test_steps_out_of_turn_or_by_others_are_refused(shared_town: Town) -> None:
    taken = shared_town.report()
    number = taken["number"]
    wrong(shared_town.step(number, "leader", "pass", version=1), 409)
    wrong(shared_town.step(number, "leader", "accept", version=1), 403)
    wrong(shared_town.step(number, "member", "file", version=1), 403)
    wrong(shared_town.by_code(taken, "file"), 403)
    wrong(shared_town.step(number, "leader", "file", version=2), 409, "version")
    wrong(shared_town.step(number, "leader2", "file", version=1), 404, "number")
    wrong(shared_town.post(f"/cases/{number}/steps", {"step": "file", "version": 1}), 401)
    several = [{"step": "file", "version": 1}, {"step": "accept"}]
    wrong(shared_town.post(f"/cases/{number}/steps", several, "leader"), 403)
    assert shared_town.read(number, "leader")["status"] == "reported"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("after=nonsense", "after"),
        ("after=AAAA", "after"),
        ("after=f_________3_________w", "after"),
        ("after=" + "A" * 81, "after"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=a,b,c,d", "bbox"),
        ("bbox=2,0,1,1", "bbox"),
        ("bbox=nan,0,1,1", "bbox"),
        ("bbox=0,0,inf,1", "bbox"),
        ("from=2026-02-30T00:00:00Z", "from"),
        ("from=2026-01-01T00:00:00", "from"),
        ("to=0001-01-01T00:00:00%2B14:00", "to"),
        ("from=9999-12-31T23:59:59-14:00", "from"),
        ("status=flying", "status"),
        ("status=", "status"),
        ("number=1", "number"),
        ("grid=%00", "grid"),
        ("category=999999", "category"),
        ("q=" + "x" * 101, "q"),
        ("q=%00", "q"),
        ("q=%ff%fe", None),
        ("colour=red", "colour"),
    ],
)
def test_wrong_filters_are_named(shared_town: Town, query: str, field: str | None) -> None:
    answer = shared_town.get(f"/cases?{query}", "leader")
    if field is None:
        assert answer.status_code < 500
    else:
        wrong(answer, 422, field)


@pytest.mark.parametrize(
    "query", ["", "lon=1", "lon=x&lat=1", "lon=nan&lat=1", "lon=1&lat=95", "lon=999&lat=1"]
)
def test_wrong_places_are_named(shared_town: Town, query: str) -> None:
    assert wrong(shared_town.get(f"/map/locate?{query}"), 422)["errors"]


def test_more_of_a_place(shared_town: Town) -> None:
    for accuracy in ("nan", "-5", "inf", "x"):
        path = f"/map/locate?lon=121&lat=29&accuracy_m={accuracy}"
        wrong(shared_town.get(path), 422, "accuracy_m")
    wrong(shared_town.get("/map/nearby?lon=121&lat=29"), 422, "category")


@pytest.mark.parametrize(
    "number", ["1", "261122-03845-3", "x" * 5000, "%00", "%ff", "..%2f..", "２６１１２２-03845-2"]
)
def test_wrong_numbers_find_nothing(shared_town: Town, number: str) -> None:
    for ending in ("", "/timeline", "/attachments", "/attachments/1"):
        wrong(shared_town.get(f"/cases/{number}{ending}", "leader"), 404)
    for key in ("0", "-1", "9" * 400, "x"):
        wrong(shared_town.get(f"/cases/261122-03845-2/attachments/{key}", "leader"), 404)


def test_unknown_addresses_and_methods(shared_town: Town) -> None:
    wrong(shared_town.get("/nothing"), 404)
    wrong(shared_town.client.get("/api/nothing", headers=shared_town.headers()), 404)
    for method in ("PUT", "DELETE", "PATCH"):
        answer = shared_town.client.open(CASES, method=method, headers=shared_town.headers())
        wrong(answer, 405)
        assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert shared_town.client.open(CASES, method="NONSENSE").status_code == 405


def test_no_row_has_a_number_that_no_database_holds(shared_town: Town) -> None:
    """Of whatever address a row's number is part, whoever asks."""
    rules = [rule for rule in shared_town.app.url_map.iter_rules() if "<int" in rule.rule]
    assert len(rules) > 20
    for rule in rules:
        kinds = rule._converters
        for much in (2**31, 2**63, 10**30):
            said = {name: str(much) for name in kinds} | {"z": "3", "number": "260101-00000-0"}
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: said[found[1]], rule.rule)  # noqa: B023
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                answer = shared_town.client.open(path, method=method)
                assert answer.status_code in (404, 405), (method, path, answer.text)
