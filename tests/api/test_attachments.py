"""Attachments over HTTP: what is taken, for whom, and what a photo tells once."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from tests.storage.makers import exif, gps, pdf, photo
from tests.support.town import Town

PNG, JPEG, PDF = "image/png", "image/jpeg", "application/pdf"
SCRIPT = b"<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def add(
    town: Town, number: str, data: bytes, kind: str, who: str | None = None, code: str = "",
    **form: str,
) -> Any:  # fmt: skip
    head = town.headers(who, **({"X-Case-Code": code} if code else {}))
    body = {"file": (BytesIO(data), "a.bin", kind)} | form
    return town.client.post(
        f"/api/v1/cases/{number}/attachments", data=body, headers=head,
        content_type="multipart/form-data",
    )  # fmt: skip


def test_a_photo_is_taken_and_given_back_without_what_it_told(shared_town: Town) -> None:
    town = shared_town
    taken = town.report()
    number, code = taken["number"], taken["query_code"]
    told = exif(gps((121.0, 29.0, 25.8), (29.0, 52.0, 49.8)))
    answer = add(town, number, photo("JPEG", exif=told), JPEG, code=code)
    assert answer.status_code == 201, answer.json
    proposed = answer.json["proposed_location"]
    assert abs(proposed["lon"] - 121.4905) < 0.6
    assert answer.json["audience"] == "reporter"
    path = f"/cases/{number}/attachments"
    listed = town.get(path, **{"X-Case-Code": code}).json["attachments"]
    assert [file["id"] for file in listed] == [answer.json["id"]]
    assert "proposed_location" not in listed[0]
    got = town.get(f"{path}/{listed[0]['id']}", "leader")
    assert got.headers["Content-Type"] == JPEG
    assert got.headers["Content-Disposition"].startswith("attachment; filename=")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert b"PRIVATE-CAMERA" not in got.data
    assert b"Exif" not in got.data
    past = town.get(f"/cases/{number}/timeline", "leader").text
    assert "121.4" not in past
    assert town.read(number, "leader")["version"] == answer.json["version"] == 2


def test_papers_are_taken_and_scripts_are_not(shared_town: Town) -> None:
    town = shared_town
    number = town.report()["number"]
    assert add(town, number, pdf(), PDF, "leader").status_code == 201
    for data in (SCRIPT, SVG, b"", b"MZ" + b"\0" * 50, b"%PDF-1.4 nothing"):
        for kind in (JPEG, PNG, PDF, "text/html", "image/svg+xml"):
            refused = add(town, number, data, kind, "leader")
            assert 400 <= refused.status_code < 500, (data, kind, refused.json)
            assert refused.json["status"] == refused.status_code
    assert town.read(number, "leader")["version"] == 2


def test_a_reporter_sees_what_is_meant_for_them(shared_town: Town) -> None:
    town = shared_town
    taken = town.report()
    number, code = taken["number"], taken["query_code"]
    for audience in ("staff", "reporter"):
        added = add(town, number, photo("PNG"), PNG, "leader", audience=audience)
        assert added.status_code == 201
    own = add(town, number, photo("PNG"), PNG, code=code, audience="staff")
    assert own.json["audience"] == "reporter"
    path = f"/cases/{number}/attachments"
    mine = town.get(path, **{"X-Case-Code": code}).json["attachments"]
    assert [file["audience"] for file in mine] == ["reporter", "reporter"]
    all_of_them = town.get(path, "leader").json["attachments"]
    assert len(all_of_them) == 3
    hidden = all_of_them[0]["id"]
    assert town.get(f"{path}/{hidden}", **{"X-Case-Code": code}).status_code == 404
    elsewhere = town.report()["number"]
    assert town.get(f"/cases/{elsewhere}/attachments/{hidden}", "leader").status_code == 404


def test_who_does_not_see_a_case_adds_nothing(shared_town: Town) -> None:
    town = shared_town
    number = town.report()["number"]
    assert add(town, number, photo("PNG"), PNG, "leader2").status_code == 404
    assert add(town, number, photo("PNG"), PNG, "handler").status_code == 404
    assert add(town, number, photo("PNG"), PNG).status_code == 401
    assert add(town, number, photo("PNG"), PNG, code="AAAAAAAA").status_code == 404
    assert add(town, number, photo("PNG"), PNG, "gis").status_code == 201


def test_a_case_takes_so_many_files_and_no_more(shared_town: Town) -> None:
    town = shared_town
    number = town.report()["number"]
    most = town.app.extensions["gridgov"].settings.max_files
    data = photo("PNG")
    for _ in range(most):
        assert add(town, number, data, PNG, "leader").status_code == 201
    assert add(town, number, data, PNG, "leader").status_code == 409


def test_a_transfer_takes_no_papers(shared_town: Town) -> None:
    town = shared_town
    taken = town.report(category="41002")
    for who, code in (("organiser", ""), (None, taken["query_code"])):
        assert add(town, taken["number"], pdf(), PDF, who, code).status_code == 409


def test_a_photo_of_the_result_counts_on_submit(shared_town: Town) -> None:
    town = shared_town
    number = town.report(category="01002")["number"]
    for who, step, given in (("leader", "file", {}), ("leader", "dispatch", {"unit": "property"}),
                             ("handler", "accept", {})):  # fmt: skip
        assert town.step(number, who, step, **given).status_code == 200
    result = {"outcome": "solved", "result": "done"}
    assert town.step(number, "handler", "submit", **result).status_code == 422
    assert add(town, number, photo("PNG"), PNG, "handler").status_code == 201
    assert town.step(number, "handler", "submit", **result).status_code == 200
