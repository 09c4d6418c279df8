"""The server, held against what the specification publishes and what real clients send."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
from PIL import Image

from gridgov.cases.tables import Case
from gridgov.database import transaction
from gridgov.people.accounts import add_token
from gridgov.people.tokens import TokenScope
from tests.open311 import published
from tests.support.town import IN_G1, IN_G2, RESIDENT, STREET, Town

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LON, LAT = IN_G1


def get(town: Town, path: str, key: str | None = None, **query: Any) -> Any:
    if key:
        query["api_key"] = town.tokens[key]
    path = f"/open311/v2/{path}"
    return town.client.get(path, query_string=query, headers={"Accept-Language": "en"})


def post(town: Town, path: str = "requests.json", who: str | None = RESIDENT, **form: Any) -> Any:
    headers = {"Accept-Language": "en"} | form.pop("headers", {})
    form = {name.replace("__", "[") + ("]" if "__" in name else ""): v for name, v in form.items()}
    if who:
        form.setdefault("api_key", town.tokens[who])
    return town.client.post(f"/open311/v2/{path}", data=form, headers=headers)


def report(town: Town, **form: Any) -> str:
    """Report by Open311; returns the number."""
    given = {"service_code": "01001", "lat": LAT, "long": LON, "description": "lamp"} | form
    answer = post(town, **given)
    assert answer.status_code == 200, answer.text
    return str(answer.json[0]["service_request_id"])


def said(answer: Any, status: int) -> str:
    """Return what an error says, once it has the protocol's form."""
    assert answer.status_code == status, answer.text
    assert answer.json
    for one in answer.json:
        assert set(one) == published.ERROR
        assert one["code"] == status
    return " ".join(one["description"] for one in answer.json)


def test_discovery_and_services_have_the_published_form(shared_town: Town) -> None:
    found = get(shared_town, "discovery.json").json
    assert set(found) == published.DISCOVERY
    (endpoint,) = found["endpoints"]
    assert set(endpoint) == published.ENDPOINT
    assert endpoint["url"].endswith("/open311/v2")
    listed = get(shared_town, "services.json")
    assert listed.content_type == "application/json; charset=utf-8"
    for service in listed.json:
        assert set(service) == published.SERVICE
        assert service["type"] == "realtime"
        defined = get(shared_town, f"services/{service['service_code']}.json").json
        assert set(defined) == {"service_code", "attributes"}
        for attribute in defined["attributes"]:
            assert set(attribute) - {"values"} == published.ATTRIBUTE
            assert attribute["datatype"] in published.DATATYPES
            assert ("values" in attribute) == attribute["datatype"].endswith("list")
            assert all(set(value) == {"key", "name"} for value in attribute.get("values", ()))
    # What is never public is offered to keys only, and Party matters to nobody.
    assert {one["service_code"] for one in listed.json} == {
        "01001", "01002", "02001", "02002", "31001"
    }  # fmt: skip
    keyed = {one["service_code"] for one in get(shared_town, "services.json", RESIDENT).json}
    assert keyed >= {"11001", "21001"}
    assert not any(code.startswith("41") for code in keyed)


def test_xml_is_the_json_with_its_root(shared_town: Town) -> None:
    number = report(shared_town, description="a <lamp> & \ufffe a hole")
    for path, (root, entry) in published.ROOTS.items():
        query = {"service_request_id": number} if path != "services" else {}
        plain = get(shared_town, f"{path}.json", RESIDENT, **query).json
        answer = get(shared_town, f"{path}.xml", RESIDENT, **query)
        assert answer.content_type == "text/xml; charset=utf-8"
        assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?>')
        tree = ET.fromstring(answer.data)
        assert tree.tag == root
        assert {child.tag for child in tree} == {entry}
        assert len(tree) == len(plain)
        for element, one in zip(tree, plain, strict=True):
            assert [child.tag for child in element] == list(one)
    one = ET.fromstring(get(shared_town, "services/01001.xml").data)
    assert one.tag == "service_definition"
    assert one.find("attributes/attribute/values/value/key") is not None
    found = ET.fromstring(get(shared_town, "discovery.xml").data)
    assert [f.text for f in found.iter("format")] == ["text/xml", "application/json"]


def test_what_is_reported_is_listed_read_and_found_by_its_token(shared_town: Town) -> None:
    answer = post(
        shared_town, service_code="01002", lat=LAT, long=LON, description="dark",
        address_string="望春路 1 号", first_name="小明", last_name="王", phone="(138) 0000.0000",
        email="a@example.org", attribute__coord_type="wgs84", attribute__urgency="normal",
        attribute__external_id="theirs-1",
    )  # fmt: skip
    assert set(answer.json[0]) == published.POSTED
    number = answer.json[0]["service_request_id"]
    (one,) = get(shared_town, f"requests/{number}.json", RESIDENT).json
    assert set(one) == published.REQUEST
    assert (one["status"], one["status_notes"]) == ("open", "Waiting for intake")
    assert (one["lat"], one["long"]) == (LAT, LON)
    assert INSTANT.fullmatch(one["requested_datetime"])
    for token in (number, "theirs-1"):
        found = get(shared_town, f"tokens/{token}.json", RESIDENT).json
        assert found == [{"service_request_id": number, "token": token}]
        assert set(found[0]) == published.TOKEN
    with shared_town.app.app_context(), transaction(write=False) as session:
        case = session.scalars(sa.select(Case).where(Case.number == number)).one()
        assert (case.channel, case.cell_code is not None) == ("open311", True)
        assert case.reporter is not None
        assert case.reporter.masked["phone"] == "138****0000"
    # Sent again, it is the same.
    again = post(shared_town, service_code="01002", lat=LAT, long=LON, description="dark",
                 attribute__external_id="theirs-1")  # fmt: skip
    assert again.json[0]["service_request_id"] == number
    header = {"Idempotency-Key": "0123456789"}
    first, second = (report(shared_town, headers=header) for _ in range(2))
    assert first == second


def test_photos_come_in_and_never_go_out(town: Town) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(photo, "JPEG")
    data = photo.getvalue()
    given = {
        "media": [(io.BytesIO(data), "a.jpg"), (io.BytesIO(data + b"x"), "b.jpg")],
        "media_url": "https://photos.example/a.jpg", "attribute__external_id": "with-photos",
    }  # fmt: skip
    number = report(town, **given)
    found = town.get(f"/cases/{number}/attachments", "dispatcher").json["attachments"]
    assert [one["media_type"] for one in found] == ["image/jpeg", "image/jpeg"]
    events = town.get(f"/cases/{number}/timeline", "dispatcher").json["events"]
    assert events[-1]["text"] == {"text": "https://photos.example/a.jpg"}
    for path in (f"requests/{number}.json", "requests.json", "servicerequestupdates.json"):
        answer = get(town, path, RESIDENT)
        assert {one["media_url"] for one in answer.json} == {None}
    assert "photos.example" not in get(town, "requests.json").text
    # Sent again, nothing is added.
    given["media"] = [(io.BytesIO(data), "a.jpg")]
    assert report(town, **given) == number
    assert len(town.get(f"/cases/{number}/attachments", "dispatcher").json["attachments"]) == 2


@pytest.mark.parametrize("url", ["ftp://a.example/a", "javascript:alert(1)", "https://", "http://[",
                                 "https://a.example/" + "a" * 500, "a.jpg"])  # fmt: skip
def test_an_address_that_is_none_is_refused(shared_town: Town, url: str) -> None:
    answer = post(shared_town, service_code="01001", lat=LAT, long=LON, media_url=url)
    assert "http" in said(answer, 400)


def test_what_is_no_photo_is_refused_and_nobody_without_a_key_sends_one(shared_town: Town) -> None:
    for who, status in ((RESIDENT, 400), (None, 403)):
        answer = post(shared_town, who=who, service_code="01001", lat=LAT, long=LON,
                      media=(io.BytesIO(b"MZ not a photo"), "a.exe"))  # fmt: skip
        assert answer.status_code in (status, 415), answer.text


def test_when_it_is_due_is_told_to_whoever_reported_it(town: Town) -> None:
    number = report(town)
    assert town.step(number, "leader", "file").status_code == 200
    (own,) = get(town, f"requests/{number}.json", RESIDENT).json
    due = town.get(f"/cases/{number}", "dispatcher").json["due"]
    assert INSTANT.fullmatch(own["expected_datetime"])
    assert datetime.fromisoformat(own["expected_datetime"]) == datetime.fromisoformat(due)
    (other,) = get(town, f"requests/{number}.json").json
    assert other["expected_datetime"] is None
    assert town.step(number, "leader", "settle", result="done").status_code == 200
    (own,) = get(town, f"requests/{number}.json", RESIDENT).json
    assert (own["status"], own["expected_datetime"]) == ("closed", None)


def test_errors_have_the_protocols_form(shared_town: Town) -> None:
    town = shared_town
    assert "lat" in said(post(town, service_code="01001", description="x"), 400)
    assert "service_code" in said(post(town, lat=LAT, long=LON, description="x"), 400)
    assert "service_code" in said(post(town, service_code="99999", lat=1, long=1), 404)
    said(get(town, "services/99999.json"), 404)
    said(get(town, "requests/261122-00000-0.json"), 404)
    said(get(town, "nothing.json"), 404)
    said(get(town, "services.json", jurisdiction_id="999999999"), 404)
    said(post(town, who=None, service_code="01001", lat=LAT, long=LON, description="x"), 403)
    said(post(town, who=None, api_key="gg_wrong", service_code="01001"), 403)
    said(get(town, "requests.json", api_key="gg_wrong"), 403)
    said(post(town, service_code="01001", lat="north", long=LON, description="x"), 400)
    said(post(town, service_code="01001", lat=LAT, long=LON, email="nobody"), 400)
    said(post(town, service_code="01001", lat=LON, long=LAT, description="swapped"), 400)
    for query in (
        {"status": "new"}, {"start_date": "yesterday"}, {"page": "0"}, {"bbox": "1,2,3"},
        {"bbox": "10,0,5,1"}, {"start_date": "2026-01-01", "end_date": "2026-06-01"},
        {"updated_after": "2026-01-01", "updated_before": "2026-06-01"},
    ):  # fmt: skip
        said(get(town, "requests.json", **query), 400)
    tree = ET.fromstring(get(town, "requests/261122-00000-0.xml").data)
    assert [child.tag for child in tree] == ["error"]
    assert {child.tag for child in tree[0]} == published.ERROR
    assert tree.findtext("error/code") == "404"


def test_a_key_needs_the_scope_to_report_and_no_other(shared_town: Town) -> None:
    town = shared_town
    with town.app.app_context(), transaction() as session:
        now = datetime.now(UTC)
        for name, scope in (("may", TokenScope.REPORT), ("may-not", TokenScope.READ)):
            town.tokens[name] = add_token(session, RESIDENT, name, now, None, (scope,))
    given = {"service_code": "01001", "lat": LAT, "long": LON, "description": "x"}
    assert post(town, who="may", **given).status_code == 200
    assert get(town, "requests.json", "may").status_code == 200
    said(post(town, who="may-not", **given), 403)
    # In the address as well as in the body, and with a jurisdiction.
    path = f"requests.json?api_key={town.tokens['may']}&jurisdiction_id={STREET}"
    assert post(town, path, None, **given).status_code == 200


@pytest.mark.parametrize(
    "dirt",
    [
        {"lat": "0", "long": "0.0"},
        {"lat": "null", "long": "undefined", "address_string": "望春路"},
        {"lat": "None", "long": "", "address_id": "A-7"},
    ],
)
def test_no_place_is_taken_for_a_place_that_is_none(
    shared_town: Town, dirt: dict[str, str]
) -> None:
    number = report(shared_town, **dirt)
    (one,) = get(shared_town, f"requests/{number}.json", RESIDENT).json
    assert (one["lat"], one["long"]) == (None, None)
    with shared_town.app.app_context(), transaction(write=False) as session:
        case = session.scalars(sa.select(Case).where(Case.number == number)).one()
        assert case.flags == ["unplaced"]


def test_other_names_twins_and_null_are_understood(shared_town: Town) -> None:
    body = {"service_code": ["", "01001"], "lat": [str(LAT), str(LAT)], "lon": str(LON),
            "description": ["null", "twice"], "email": "null", "phone": "undefined",
            "media_url": "", "api_key": shared_town.tokens[RESIDENT]}  # fmt: skip
    answer = shared_town.client.post("/open311/v2/requests.json", data=body)
    assert answer.status_code == 200, answer.text
    number = answer.json[0]["service_request_id"]
    (one,) = get(shared_town, f"requests/{number}.json", RESIDENT).json
    assert (one["description"], one["long"]) == ("twice", LON)
    with shared_town.app.app_context(), transaction(write=False) as session:
        case = session.scalars(sa.select(Case).where(Case.number == number)).one()
        assert case.reporter is None


def test_filters(town: Town) -> None:
    lamp, other = report(town), report(town, service_code="02001", long=IN_G2[0], lat=IN_G2[1])
    old = report(town)
    now = datetime.now(UTC)
    with town.app.app_context(), transaction() as session:
        before = now - timedelta(days=100)
        move = sa.update(Case).where(Case.number == old)
        session.execute(move.values(reported_at=before, updated_at=before))

    def numbers(**query: Any) -> set[str]:
        found = get(town, "requests.json", RESIDENT, **query)
        assert found.status_code == 200, found.text
        return {one["service_request_id"] for one in found.json}

    assert numbers() == {lamp, other}
    assert numbers(service_request_id=f"{old},{lamp},nonsense") == {old, lamp}
    assert numbers(service_request_id="nonsense") == set()
    assert numbers(service_code="02001,01002") == {other}
    assert numbers(status="open") == {lamp, other}
    assert numbers(status="closed") == set()
    assert numbers(status="open,closed", jurisdiction_id=STREET) == {lamp, other}
    assert numbers(bbox=f"{LON - 0.0004},{LAT - 0.0004},{LON + 0.0004},{LAT + 0.0004}") == {lamp}
    hour, days = timedelta(hours=1), timedelta(days=101)
    iso = (now - days).isoformat()  # its plus becomes a blank where a client does not quote it
    assert numbers(start_date=iso.replace("+", " ")) == {old}
    end = f"{now - timedelta(days=99):%Y-%m-%dT%H:%M:%SZ}"
    assert numbers(start_date=f"{now - days:%m/%d/%Y}", end_date=end) == {old}
    assert numbers(updated_after=(now - hour).strftime("%Y-%m-%dT%H:%M:%SZ")) == {lamp, other}
    assert numbers(updated_before=(now - hour * 24).strftime("%Y-%m-%dT%H:%M:%SZ")) == set()
    first = numbers(page_size=1, page=1)
    second = numbers(page_size=1, page=2)
    assert (len(first), first | second) == (1, {lamp, other})
    assert numbers(page_size=1, page=3) == set()
    (more,) = get(town, f"requests/{lamp}.json", RESIDENT, extensions="true").json
    assert set(more) == published.REQUEST | {"extended_attributes"}
    assert more["extended_attributes"]["status"] == "reported"


def test_others_are_shown_the_public_view_alone(town: Town) -> None:
    pole = report(town, description="Mrs Wang's lamp", service_code="01002")
    matters = [report(town, service_code="02001", description="noise") for _ in range(4)]
    never = report(town, service_code="11001", description="mine")
    secret = report(town, attribute__confidential="true")

    def shown() -> dict[str, Any]:
        return {one["service_request_id"]: one for one in get(town, "requests.json").json}

    before = shown()
    assert set(before) == {pole, *matters}
    assert "Wang" not in get(town, "requests.xml").text
    assert before[pole]["description"] is None
    assert (before[pole]["lat"], before[pole]["long"]) == (LAT, LON)
    # Four in a cell are too few to be placed there; a fifth makes them enough, at one point.
    assert {one["lat"] for number, one in before.items() if number in matters} == {None}
    box = f"{LON - 0.01},{LAT - 0.01},{LON + 0.01},{LAT + 0.01}"
    assert {one["service_request_id"] for one in get(town, "requests.json", bbox=box).json} == {
        pole
    }
    matters.append(report(town, service_code="02001", lat=LAT + 0.0002, long=LON + 0.0002))
    placed = shown()
    assert len({(placed[n]["lat"], placed[n]["long"]) for n in matters}) == 1
    assert placed[matters[-1]]["lat"] != round(LAT + 0.0002, 7)
    # Nor does a narrow box around the true place find one.
    near = f"{LON + 0.00019},{LAT + 0.00019},{LON + 0.00021},{LAT + 0.00021}"
    assert get(town, "requests.json", bbox=near).json == []
    for number in (never, secret):
        said(get(town, f"requests/{number}.json"), 404)
        assert get(town, f"requests/{number}.json", RESIDENT).status_code == 200
    # Another's key shows no more than none.
    assert set(shown()) == {
        one["service_request_id"] for one in get(town, "requests.json", "leader").json
    }
    assert town.step(pole, "dispatcher", "publish", text="A lamp is out").status_code == 200
    assert shown()[pole]["description"] == "A lamp is out"


def test_updates_go_both_ways(town: Town) -> None:
    number = report(town)
    assert town.step(number, "leader", "file").status_code == 200
    assert town.step(number, "leader", "dispatch", unit="property").status_code == 200
    assert town.step(number, "handler", "accept").status_code == 200
    assert town.step(number, "handler", "progress", text="Parts ordered").status_code == 200
    mine = get(town, "servicerequestupdates.json", RESIDENT).json
    assert all(set(one) >= published.UPDATE for one in mine)
    assert [one["description"] for one in mine if one["description"]] == ["Parts ordered"]
    public = get(town, "servicerequestupdates.json").json
    assert [one["status_notes"] for one in public][-1] == "Being handled"
    assert not any(one["description"] for one in public)
    given = {"service_request_id": number, "description": "still dark", "update_id": "u1"}
    first = post(town, "servicerequestupdates.json", **given)
    assert first.status_code == 200, first.text
    again = post(town, "servicerequestupdates.json", **given)
    assert first.json == again.json
    comments = [e for e in town.get(f"/cases/{number}/timeline", "leader").json["events"]
                if e["step"] == "comment"]  # fmt: skip
    assert [one["text"]["text"] for one in comments] == ["still dark"]
    said(post(town, "servicerequestupdates.json", **{**given, "description": ""}), 400)
    said(post(town, "servicerequestupdates.json", who="caller", **given), 404)
    # An answer to a question is one.
    assert town.step(number, "handler", "ask_more", question="Which?").status_code == 200
    post(town, "servicerequestupdates.json", service_request_id=number, description="The red one")
    assert town.read(number, "leader")["status"] == "handling"


def test_a_key_has_its_quota(town: Town) -> None:
    settings = town.app.extensions["gridgov"].settings
    object.__setattr__(settings, "rate_limits", "on")
    object.__setattr__(settings, "rate_programs", "3 per minute")
    answers = [get(town, "services.json", "caller").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert get(town, "services.json", "leader").status_code == 200
    assert "api_key" not in get(town, "services.json", "caller").text
