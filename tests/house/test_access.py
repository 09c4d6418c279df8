"""Every route says who may call it, and holds to it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.town import Town

NOBODY = [{}, {"token": []}]
REPORTER_OR_STAFF = [{"token": []}, {"code": []}]
STAFF = [{"token": []}]
HEALTH = {"/healthz", "/readyz"}
PUBLIC = {
    ("post", "/api/v1/cases"),
    ("get", "/api/v1/map/cells"),
    ("get", "/api/v1/map/grids"),
    ("get", "/api/v1/map/locate"),
    ("get", "/api/v1/map/nearby"),
    ("get", "/api/v1/categories"),
}
SPEC = "/api/v1/openapi.json"


def operations(town: Town) -> list[tuple[str, str, dict[str, Any]]]:
    paths = town.client.get(SPEC).json["paths"]
    return [
        (method, path, operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "parameters"
    ]


def test_every_route_is_in_the_specification(shared_town: Town) -> None:
    known = {path for _, path, _ in operations(shared_town)} | HEALTH | {SPEC}
    rules = {
        rule.rule.replace("<string:", "{").replace("<int:", "{").replace(">", "}")
        for rule in shared_town.app.url_map.iter_rules()
    }
    assert rules == known


def test_what_is_public_is_listed_here(shared_town: Town) -> None:
    found = {
        (method, path)
        for method, path, operation in operations(shared_town)
        if {} in operation["security"]
    }
    assert found == PUBLIC


@pytest.mark.parametrize("token", [None, "Bearer gg_wrong", "Basic YTpi", "Bearer "])
def test_everything_else_refuses_who_is_nobody(shared_town: Town, token: str | None) -> None:
    number = shared_town.report()["number"]
    headers = {"Authorization": token} if token else {}
    for method, path, operation in operations(shared_town):
        if (method, path) in PUBLIC:
            continue
        assert operation["security"] in (REPORTER_OR_STAFF, STAFF), path
        filled = path.replace("{number}", number).replace("{key}", "1")
        body: dict[str, Any] = {"json": {"step": "urge", "version": 1}}
        if path.endswith("/attachments") and method == "post":
            body = {"data": {"file": (__import__("io").BytesIO(b"x"), "x.jpg")}}
        if path.endswith("/tries"):
            body = {"json": {"reached": False}}
        answer = getattr(shared_town.client, method)(
            filled, headers=headers, **(body if method == "post" else {})
        )
        assert answer.status_code == 401, (method, path, answer.json)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_refused_where_none_is_needed(shared_town: Town) -> None:
    answer = shared_town.client.post(
        "/api/v1/cases", json={"description": "x"}, headers={"Authorization": "Bearer gg_wrong"}
    )
    assert answer.status_code == 401


def test_a_wrong_code_and_a_number_of_nobody_get_the_same_answer(shared_town: Town) -> None:
    taken = shared_town.report()
    wrong = shared_town.get(f"/cases/{taken['number']}", **{"X-Case-Code": "00000000"})
    nobody = shared_town.get("/cases/200101-00000-6", **{"X-Case-Code": "00000000"})
    assert wrong.status_code == nobody.status_code == 404
    assert wrong.json == nobody.json


def test_admins_see_no_cases(shared_town: Town) -> None:
    taken = shared_town.report()
    for who in ("system-admin", "security-admin", "audit-admin"):
        assert shared_town.get("/cases", who).json["cases"] == []
        assert shared_town.get(f"/cases/{taken['number']}", who).status_code == 404
