"""Who may ask, how often, what of it is written down, and in which language they are answered."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from gridgov.cases import numbers
from gridgov.database import db
from gridgov.faces import limits
from gridgov.language import catalogue
from tests.conftest import town_on
from tests.storage.makers import photo
from tests.support.town import IN_G1, Town

PROBLEM = "application/problem+json"
STAFF = "/cases"
NOBODYS = numbers.number(date(2020, 1, 1), 1)
PUBLIC = ("/categories", "/map/cells", "/map/grids", f"/map/locate?lon={IN_G1[0]}&lat={IN_G1[1]}")


def wrong(answer: Any, status: int, field: str | None = None) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == PROBLEM
    if field is not None:
        assert {one["field"] for one in answer.json["errors"]} == {field}
    return answer.json


@pytest.fixture
def limited(fresh_engine: Engine, tmp_path: Path) -> Iterator[Town]:
    """A town that counts its callers, as in production."""
    made = town_on(
        fresh_engine,
        tmp_path / "files",
        rate_limits="on",
        rate_report="3 per minute",
        rate_code="5 per minute",
    )
    yield made
    with made.app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    "header",
    [
        "Bearer wrong",
        "Bearer gg_" + "A" * 43,
        "Bearer " + "x" * 8000,
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "",
        "bearer \u00ff\u00fe",
        "Bearer ' OR 1=1 --",
    ],
)
def test_a_wrong_token_is_refused_everywhere(shared_town: Town, header: str) -> None:
    taken = shared_town.report()
    number, code = taken["number"], taken["query_code"]
    for path in (*PUBLIC, STAFF, f"/cases/{number}", f"/cases/{number}?code={code}"):
        answer = shared_town.get(path, Authorization=header)
        wrong(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    wrong(shared_town.post("/cases", {"description": "x"}, Authorization=header), 401)


def test_staff_only(shared_town: Town) -> None:
    number = shared_town.report()["number"]
    for path in (STAFF, *(f"/cases/{number}{end}" for end in ("", "/timeline", "/attachments"))):
        wrong(shared_town.get(path), 401)
    wrong(shared_town.get(STAFF + "?limit=nonsense"), 401)
    wrong(shared_town.post(f"/cases/{number}/steps", {"step": "urge", "version": 1}), 401)


@pytest.mark.parametrize("code", ["00000000", "x", "路灯路灯路灯路灯", "'; --", "0" * 40])
def test_a_wrong_code_opens_nothing(shared_town: Town, code: str) -> None:
    number = shared_town.report()["number"]
    for ending in ("", "/timeline", "/attachments"):
        answer = shared_town.client.get(
            f"/api/v1/cases/{number}{ending}",
            query_string={"code": code},
            headers=shared_town.headers(),
        )
        none = shared_town.client.get(
            f"/api/v1/cases/{NOBODYS}{ending}",
            query_string={"code": code},
            headers=shared_town.headers(),
        )
        assert wrong(answer, 404) == wrong(none, 404)
    wrong(shared_town.get(f"/cases/{number}?code={'0' * 41}"), 422, "code")


def test_a_code_opens_its_own_case_only(shared_town: Town) -> None:
    one, other = shared_town.report(), shared_town.report()
    code = {"X-Case-Code": one["query_code"]}
    assert shared_town.get(f"/cases/{one['number']}", **code).status_code == 200
    wrong(shared_town.get(f"/cases/{other['number']}", **code), 404)


def test_files_that_are_none_are_refused(shared_town: Town) -> None:
    taken = shared_town.report()
    path = f"/api/v1/cases/{taken['number']}/attachments"

    def send(data: Any, kind: str | None = "multipart/form-data", **more: str) -> Any:
        headers = shared_town.headers("leader", **more)
        return shared_town.client.post(path, data=data, content_type=kind, headers=headers)

    script = b"<?php system($_GET['c']); ?>"
    for content, name, said in (
        (script, "a.jpg", "image/jpeg"),
        (b"\xff\xd8\xff" + script, "a.jpg", "image/jpeg"),
        (b"<svg onload='alert(1)'/>", "a.svg", "image/svg+xml"),
        (b"GIF89a" + script, "a.gif", "image/gif"),
        (b"MZ\x90\x00", "../../a.exe", "application/pdf"),
        (b"%PDF-1.7\n%broken", "a.pdf", "application/pdf"),
        (b"", "empty.jpg", "image/jpeg"),
        (photo()[:100], "cut.jpg", "image/jpeg"),
    ):
        wrong(send({"file": (io.BytesIO(content), name, said)}), 422)
    wrong(send({}), 422, "file")
    wrong(send({"file": "text"}), 422, "file")
    wrong(send({"other": (io.BytesIO(photo()), "a.jpg")}), 422)
    good = {"file": (io.BytesIO(photo()), "a.jpg"), "audience": "everybody"}
    wrong(send(good), 422, "audience")
    wrong(send(b"{}", "application/json"), 422, "file")
    wrong(send(b"not multipart", "multipart/form-data; boundary=x"), 422, "file")
    wrong(send(b"not multipart", "multipart/form-data"), 422, "file")
    wrong(send({"file": (io.BytesIO(b"x" * 17_000_000), "a.jpg")}), 413)
    wrong(send({f"f{n}": "x" for n in range(30)}), 413)
    wrong(send({"file": (io.BytesIO(photo()), "a.jpg"), "audience": "x" * 300_000}), 413)
    answer = shared_town.get(f"/cases/{taken['number']}/attachments", "leader")
    assert answer.json == {"attachments": []}


def test_nothing_sent_becomes_a_header(shared_town: Town) -> None:
    number = shared_town.report()["number"]
    data = (
        b"--x\r\nContent-Disposition: form-data; name=file; filename*=UTF-8''a%0d%0aX-Evil:%201\r\n"
        b"Content-Type: image/jpeg; a=b\nX-Evil: 1\r\n\r\n" + photo() + b"\r\n--x--\r\n"
    )
    answer = shared_town.client.post(
        f"/api/v1/cases/{number}/attachments",
        data=data,
        content_type="multipart/form-data; boundary=x",
        headers=shared_town.headers("leader"),
    )
    assert answer.status_code < 500
    assert "X-Evil" not in answer.headers
    for path in (f"/cases/{number}/attachments/1", "/cases/x%0d%0aX-Evil:%201"):
        answer = shared_town.get(path, "leader", **{"Accept-Language": "zh\u00ff;q=x,*;q=9"})
        assert answer.status_code < 500
        assert "X-Evil" not in answer.headers


@pytest.mark.parametrize("key", ["short", "x" * 101, ""])
def test_a_key_of_a_request_has_bounds(shared_town: Town, key: str) -> None:
    answer = shared_town.post("/cases", {"description": "x"}, **{"Idempotency-Key": key})
    wrong(answer, 422, "Idempotency-Key")


def test_a_key_of_a_request_is_only_compared(shared_town: Town) -> None:
    for key in ("' OR 1=1 --", "%s%s%s%s%s", "\u00e4" * 20):
        answer = shared_town.post("/cases", {"description": "x"}, **{"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        answer = shared_town.post("/cases", {"description": "y"}, **{"Idempotency-Key": key})
        wrong(answer, 422)


def test_callers_without_a_token_are_counted(limited: Town) -> None:
    for _ in range(3):
        limited.report()
    answer = limited.post("/cases", {"description": "one more"})
    wrong(answer, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    # Nobody becomes another caller by saying so.
    for header in ("X-Forwarded-For", "X-Real-Ip", "Forwarded"):
        wrong(limited.post("/cases", {"description": "x"}, **{header: "10.0.0.9"}), 429)
    assert limited.post("/cases", {"description": "x"}, "leader").status_code == 201


def test_codes_cannot_be_guessed_at_speed(limited: Town) -> None:
    taken = limited.report()
    number, code = taken["number"], taken["query_code"]
    found = [limited.get(f"/cases/{number}?code={n:08}").status_code for n in range(7)]
    assert found == [404] * 5 + [429] * 2
    wrong(limited.get(f"/cases/{number}", **{"X-Case-Code": code}), 429)
    # A token that is none lifts the limit, and is refused before the code is looked at.
    wrong(limited.get(f"/cases/{number}?code={code}", Authorization="Bearer none"), 401)
    for path in PUBLIC:
        wrong(limited.get(path), 429)
        assert limited.get(path, "leader").status_code == 200
    for _ in range(10):
        assert limited.get(f"/cases/{number}", "leader").status_code == 200


def test_a_trusted_proxy_tells_callers_apart(fresh_engine: Engine, tmp_path: Path) -> None:
    made = town_on(
        fresh_engine,
        tmp_path / "files",
        rate_limits="on",
        rate_report="1 per minute",
        trusted_proxies="1",
    )
    body = {"description": "x"}
    # The nearest proxy's word counts; what the caller wrote before it does not.
    for _ in range(2):
        answers = [
            made.post("/cases", body, **{"X-Forwarded-For": f"1.2.3.{n}, 10.0.0.9"}).status_code
            for n in range(2)
        ]
    assert answers == [429, 429]
    assert made.post("/cases", body, **{"X-Forwarded-For": "10.0.0.8"}).status_code == 201
    with made.app.app_context():
        db.engine.dispose()


def test_codes_contacts_and_tokens_reach_no_log(
    shared_town: Town, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    reporter = {"name": "王小明", "phone": "13812345678", "email": "w@example.org"}
    taken = shared_town.report(reporter=reporter, description="秘密的话")
    number, code = taken["number"], taken["query_code"]
    shared_town.get(f"/cases/{number}?code={code}")
    shared_town.get(f"/cases/{number}?code=WRONGCODE")
    shared_town.get(f"/cases/{number}", "leader")
    shared_town.get(f"/cases/{number}", Authorization="Bearer secret-token")
    shared_town.post("/cases", {"description": "秘密的话", "reporter": {"phone": "13812345678x"}})
    written = caplog.text + "".join(capfd.readouterr())
    secrets = (code, "WRONGCODE", "secret-token", "13812345678", "王小明", "w@example.org", "秘密")
    for secret in (*secrets, shared_town.tokens["leader"]):
        assert secret not in written


def test_an_error_on_our_side_is_noted_without_what_was_said(
    shared_town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("gridgov.api.cases.report", broken)
    answer = shared_town.post("/cases", {"description": "秘密的话"})
    found = wrong(answer, 500)
    assert "RuntimeError" not in answer.text
    assert found["detail"].startswith("It has been noted")
    assert "out of order" in caplog.text
    assert "秘密" not in caplog.text


def test_answers_come_in_the_readers_language(shared_town: Town) -> None:
    chinese = catalogue("zh")

    def said(path: str, **headers: str) -> Any:
        return shared_town.client.get("/api/v1" + path, headers=headers).json["title"]

    for path, english in (("/nothing", "Not found"), ("/cases", "Sign in first")):
        assert chinese.gettext(english) != english
        for none in ({}, {"Accept-Language": "fr"}, {"Accept-Language": "zh-CN,en;q=0.5"}):
            assert said(path, **none) == chinese.gettext(english)
        assert said(path, **{"Accept-Language": "en"}) == english
        assert said(path, **{"Accept-Language": "en-GB,zh;q=0.5"}) == english
    body = {"description": "x", "colour": "red"}
    answer = shared_town.client.post("/api/v1/cases", json=body)
    assert answer.json["errors"][0]["message"] == chinese.gettext("Unknown field.")


def test_wrong_codes_of_a_case_are_counted_by_network(fresh_engine: Engine, tmp_path: Path) -> None:
    made = town_on(fresh_engine, tmp_path / "files", rate_limits="on", trusted_proxies="1")
    near, far = {"X-Forwarded-For": "10.9.8.7"}, {"X-Forwarded-For": "10.9.9.7"}
    taken, other = made.report(), made.report()
    path = f"/cases/{taken['number']}"
    right = {"X-Case-Code": taken["query_code"]}
    for n in range(10):
        # From one address or another of the same network.
        by = {"X-Forwarded-For": f"10.9.8.{n}", "X-Case-Code": f"{n:08}"}
        assert made.get(path, **by).status_code == 404
    refused = made.get(path, **near, **right)
    wrong(refused, 429)
    assert 3500 < int(refused.headers["Retry-After"]) <= 3601
    # Other cases, other networks and staff go on.
    again = {"X-Case-Code": other["query_code"]}
    assert made.get(f"/cases/{other['number']}", **near, **again).status_code == 200
    assert made.get(path, **far, **right).status_code == 200
    assert made.get(path, "leader", **near).status_code == 200
    with made.app.app_context():
        db.engine.dispose()


@pytest.fixture
def without_redis() -> Iterator[dict[str, str]]:
    """Give settings that name a Redis where there is none."""
    yield {"rate_limits": "on", "rate_storage": "redis://127.0.0.1:1", "rate_report": "3 per hour"}
    limits.limiter._storage_dead = False


def test_without_its_redis_a_process_counts_for_itself(
    fresh_engine: Engine, tmp_path: Path, without_redis: dict[str, str]
) -> None:
    made = town_on(fresh_engine, tmp_path / "files", **without_redis)
    found = [made.post("/cases", {"description": "lamp"}).status_code for _ in range(4)]
    assert found == [201, 201, 201, 429]
    limits.limiter._storage_dead = False  # as for a process that has not met it yet
    number = made.report("leader")["number"]
    guesses = [
        made.get(f"/cases/{number}", **{"X-Case-Code": f"{n:08}"}).status_code for n in range(11)
    ]
    assert guesses == [404] * 10 + [429]
    with made.app.app_context():
        db.engine.dispose()


def test_the_start_says_that_the_redis_client_is_missing(
    fresh_engine: Engine, tmp_path: Path, without_redis: dict[str, str], monkeypatch: Any
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(limits.RedisClientMissing, match="install the package redis"):
        town_on(fresh_engine, tmp_path / "files", **without_redis)


def test_the_public_learns_of_a_matter_near_by_no_more_than_its_cell(town: Town) -> None:
    # Two matters in one cell are as far away as one another.
    for lon, lat in ((121.4903, 29.8803), (121.4907, 29.8807)):
        town.report(category="02001", location={"lon": lon, "lat": lat})
    asked = "/map/nearby?lon=121.4906&lat=29.8806&category=02001"
    seen = town.get(asked).json["similar"]
    assert len({one["metres"] for one in seen}) == 1 == len({one["cell"]["code"] for one in seen})
    assert {one["number"] for one in seen} == {None}
    exact = town.get(asked, "leader").json["similar"]
    assert len({one["metres"] for one in exact}) == 2
