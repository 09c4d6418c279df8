"""Three administrators, none of whom does another's work; and what everybody learns of oneself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.town import G1, Town

ADMINS = ("system-admin", "security-admin", "audit-admin")
SECURITY = (
    "/duties", "/accounts", "/people", "/roster", "/accounts/leader/tokens",
)  # fmt: skip
SYSTEM = (
    "/notices/dead", "/notices/channels?person=leader", "/webhooks", "/map/versions", "/ladder",
)  # fmt: skip


@pytest.mark.parametrize(("paths", "who"), [(SECURITY, "security-admin"), (SYSTEM, "system-admin")])
def test_each_reads_what_is_theirs_alone(
    shared_town: Town, paths: tuple[str, ...], who: str
) -> None:
    for path in paths:
        assert shared_town.get(path).status_code == 401, path
        for other in (*ADMINS, "leader", "dispatcher", "committee", "resident"):
            answer = shared_town.get(path, other)
            assert answer.status_code == (200 if other == who else 403), (path, other, answer.json)


def test_none_sees_a_case(shared_town: Town) -> None:
    number = shared_town.report()["number"]
    for who in ADMINS:
        assert shared_town.get("/cases", who).json["cases"] == []
        for end in ("", "/timeline", "/attachments"):
            assert shared_town.get(f"/cases/{number}{end}", who).status_code == 404
        body = {"step": "comment", "version": 1, "text": "x"}
        assert shared_town.post(f"/cases/{number}/steps", body, who).status_code == 404


def test_an_account_is_given_to_another_and_never_to_oneself(town: Town) -> None:
    admin = "security-admin"

    def refused(path: str, body: Any = None) -> str:
        answer = town.post(path, body, admin)
        assert answer.status_code == 403, answer.json
        return str(answer.json["type"]).rpartition(":")[2]

    assert refused("/accounts", {"login": "second", "person": admin}) == "OwnAccount"
    for verb in ("first-password", "unlock", "disable", "enable"):
        assert refused(f"/accounts/{admin}/{verb}") == "OwnAccount"
    assert refused("/duties", {"person": admin, "role": "leader", "place": G1}) == "OwnDuty"
    assert refused("/duties", {"person": admin, "role": "audit_admin"}) == "OwnDuty"

    made = town.post("/accounts", {"login": "second", "person": "gis"}, admin)
    assert made.status_code == 201, made.json
    assert (made.json["person"], made.json["has_password"]) == ("gis", False)
    given = town.post("/accounts/second/first-password", None, admin)
    assert len(given.json["password"]) >= 10
    (shown,) = town.get("/accounts?person=gis&after=g&limit=200", admin).json["accounts"][1:]
    assert (shown["login"], shown["must_change"]) == ("second", True)
    tokens = town.get("/accounts/gis/tokens", admin).json["tokens"]
    assert town.get("/cases", "gis").status_code == 200
    revoke = f"/api/v1/accounts/gis/tokens/{tokens[0]['id']}"
    assert town.client.delete(revoke, headers=town.headers("system-admin")).status_code == 403
    assert town.client.delete(revoke, headers=town.headers(admin)).status_code == 204
    assert town.get("/cases", "gis").status_code == 401
    assert town.post("/accounts/member/disable", None, admin).status_code == 204
    assert town.get("/cases", "member").status_code == 401


def test_a_duty_is_begun_deputised_ended_and_its_list_read(town: Town) -> None:
    admin = "security-admin"
    number = town.report()["number"]
    listed = town.get("/duties?role=leader&place=" + G1, admin).json["duties"]
    lead = next(one for one in listed if not one["deputy"])
    assert lead["person"]["code"] == "leader"
    ended = town.post(f"/duties/{lead['id']}/end", None, admin)
    assert (ended.status_code, ended.json["handed_over"]) == (200, 1), ended.json
    assert ended.json["ended_by"] == admin
    assert town.get(f"/cases/{number}", "leader").status_code == 404
    path = f"/duties/{lead['id']}/hand-over"
    mine = town.get(path, "deputy").json
    assert [(one["number"], one["to"][0]["code"]) for one in mine["cases"]] == [(number, "deputy")]
    # Who handed over, and the administrator, read how many, not which.
    for who in ("leader", admin):
        seen = town.get(path, who).json
        assert (seen["count"], seen["cases"]) == (1, [])
    assert town.get(path, "leader2").status_code == 404
    assert town.get(path).status_code == 401
    body = {"person": "gis", "role": "leader", "place": G1}
    begun = town.post("/duties", body, admin)
    assert (begun.status_code, begun.json["granted_by"]) == (201, admin), begun.json
    assert town.get(f"/cases/{number}", "gis").status_code == 200
    deputy = town.post(f"/duties/{begun.json['id']}/deputies", {"person": "caller"}, admin)
    assert (deputy.status_code, deputy.json["deputy"]) == (201, True), deputy.json
    assert town.post("/duties", body, admin).status_code == 409
    assert town.post(f"/duties/{lead['id']}/end", None, admin).status_code == 409
    assert town.post("/duties/999999/end", None, admin).status_code == 404


def test_everybody_is_told_who_they_are_and_what_they_may(shared_town: Town) -> None:
    assert shared_town.get("/me").status_code == 401
    before = shared_town.get("/me", "leader").json["waiting"].get("reported", 0)
    shared_town.report()
    me = shared_town.get("/me", "leader").json
    assert me["person"]["code"] == "leader"
    (duty,) = me["duties"]
    assert (duty["role"], duty["place"], duty["scope"]) == ("leader", G1, "own_grid")
    assert [one["code"] for one in duty["deputies"]] == ["deputy"]
    may = {(one["method"], one["path"]) for one in me["may"]}
    assert ("GET", "/api/v1/cases") in may
    assert ("GET", "/api/v1/duties") not in may
    assert me["waiting"]["reported"] == before + 1
    admin = shared_town.get("/me", "security-admin").json
    assert admin["waiting"] == {}
    assert ("POST", "/api/v1/duties") in {(one["method"], one["path"]) for one in admin["may"]}
    nobody = shared_town.get("/me", "resident").json
    assert (nobody["person"], nobody["duties"]) == (None, [])


def test_the_calendar_is_shown(shared_town: Town) -> None:
    year = shared_town.get("/calendar?year=2026", "system-admin").json
    assert (year["loaded"], len(year["months"])) == (True, 12)
    assert shared_town.get("/calendar?year=2026", "leader").status_code == 403
