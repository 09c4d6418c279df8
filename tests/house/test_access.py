"""Every route says who may call it; `tests/access` calls them all, as everybody."""

from __future__ import annotations

import re
from typing import Any

from gridgov.faces.access import TABLE, Door
from tests.support.town import Town

# Kept by hand beside the access table, so that nobody changes anything unknown by a slip of a line.
CHANGED_BY_ANYONE = {
    "DELETE session.sign_out",
    "POST cases.report_case",
    "POST passkeys.begin_sign_in",
    "POST passkeys.sign_in",
    "POST session.sign_in",
    # Pages: each looks itself for the code, or the session, that it needs.
    "POST web.act_on_case",
    "POST web.add_factor",
    "POST web.change_account",
    "POST web.change_password",
    "POST web.open_case",
    "POST web.preferences",
    "POST web.send_report",
    "POST web.sign_out",
    "POST web.try_code",
    "POST web.try_sign_in",
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


def test_the_specification_says_who_may_call_as_the_table_does(shared_town: Town) -> None:
    said = {(method.upper(), path): one for method, path, one in operations(shared_town)}
    rules = {rule.endpoint: rule.rule for rule in shared_town.app.url_map.iter_rules()}
    compared = 0
    for line in TABLE:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rules[line.endpoint])
        operation = said.get((line.method, path))
        if operation is None:
            continue
        compared += 1
        ways = {way for one in operation["security"] for way in one or {"": []}}
        assert ("" in ways) == (line.door is Door.PUBLIC), line
        assert ("code" in ways) == (line.door is Door.BY_CODE), line
        assert ("session" in ways) == (line.door is Door.SESSION), line
        answers = set(operation["responses"])
        assert {"401", "403"} <= answers, line
        assert "404" in answers or not line.secret, line
    assert compared == len(said)


def test_whoever_is_not_known_changes_only_what_is_listed_here() -> None:
    public = [line for line in TABLE if line.door is Door.PUBLIC and line.method != "GET"]
    assert {f"{line.method} {line.endpoint}" for line in public} == CHANGED_BY_ANYONE


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
