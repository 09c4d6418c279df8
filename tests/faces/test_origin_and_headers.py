"""Changes come from our own pages; every answer carries the headers that protect."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from gridgov.faces import headers
from tests.support.browser import Browser, give_password
from tests.support.town import Town

CASE = {"description": "lamp", "category": "01001"}
OURS = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost:80"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
]
FOREIGN = [
    {},
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:8080"},
    {"Origin": "http://localhost:x"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": ""},
]


@pytest.fixture(scope="module")
def browser(shared_town: Town) -> Browser:
    give_password(shared_town, "member2")
    browser = Browser(shared_town)
    browser.sign_in("member2")
    del browser.headers["Origin"]
    return browser


@pytest.mark.parametrize("given", OURS)
def test_our_own_pages_may_change(browser: Browser, given: dict[str, str]) -> None:
    assert browser("POST", "/cases", CASE, **given).status_code == 201


@pytest.mark.parametrize("given", FOREIGN)
def test_other_sites_may_not(browser: Browser, given: dict[str, str]) -> None:
    refused = browser("POST", "/cases", CASE, **given)
    assert refused.status_code == 403
    assert "ForeignOrigin" in refused.json["type"]
    assert browser("DELETE", "/session", **given).status_code == 403
    assert browser("GET", "/cases", **given).status_code == 200


def test_what_bears_no_cookie_may_come_from_anywhere(shared_town: Town) -> None:
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert shared_town.post("/cases", CASE, **foreign).status_code == 201
    assert shared_town.post("/cases", CASE, "member", **foreign).status_code == 201


def test_nobody_is_signed_in_by_another_site(shared_town: Town) -> None:
    give_password(shared_town, "caller")
    foreign = Browser(shared_town, Origin="http://evil.example")
    assert foreign.sign_in("caller").status_code == 403
    assert foreign.cookie is None


def test_data_runs_nothing(shared_town: Town) -> None:
    for path in ("/cases", "/categories", "/nothing", "/openapi.json"):
        answer = shared_town.get(path)
        assert answer.headers["Content-Security-Policy"] == headers.NOTHING
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Permissions-Policy"].startswith("geolocation=(), camera=()")
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer.headers


def test_over_tls_browsers_stay_there(shared_town: Town) -> None:
    answer = shared_town.client.get("/healthz", base_url="https://grid.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_page_runs_only_what_is_ours(shared_town: Town) -> None:
    answer = shared_town.client.get("/")
    assert answer.mimetype == "text/html"
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_a_file_is_a_download_of_its_own_type_and_runs_nothing(shared_town: Town) -> None:
    taken = shared_town.report()
    image = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(image, "PNG")
    image.seek(0)
    path = f"/api/v1/cases/{taken['number']}/attachments"
    code = {"X-Case-Code": taken["query_code"]}
    form = {"file": (image, "x.html", "image/png"), "audience": "reporter"}
    added = shared_town.client.post(path, data=form, headers=code)
    assert added.status_code == 201, added.json
    answer = shared_town.client.get(f"{path}/{added.json['id']}", headers=code)
    assert answer.mimetype.startswith("image/")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
