"""Every route says who may call it; `tests/access` calls them all, as everybody."""

from __future__ import annotations

import re
from typing import Any

from tests.support.town import Town

# Kept by hand beside the access table, so that nothing becomes public by a slip of one line.
PUBLIC = {
    ("delete", "/api/v1/session"),
    ("get", "/api/v1/categories"),
    ("get", "/api/v1/map/base"),
    ("get", "/api/v1/map/cells"),
    ("get", "/api/v1/map/grids"),
    ("get", "/api/v1/map/locate"),
    ("get", "/api/v1/map/nearby"),
    ("get", "/api/v1/notice"),
    ("get", "/api/v1/session/provider"),
    ("get", "/api/v1/session/provider/back"),
    ("post", "/api/v1/cases"),
    ("post", "/api/v1/session"),
    ("post", "/api/v1/session/passkey"),
    ("post", "/api/v1/session/passkey/options"),
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
    known = {path for _, path, _ in operations(shared_town)} | {SPEC}
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in shared_town.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert rules == known


def test_what_is_public_is_listed_here(shared_town: Town) -> None:
    found = {
        (method, path)
        for method, path, operation in operations(shared_town)
        if {} in operation["security"]
    }
    assert found == PUBLIC


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
