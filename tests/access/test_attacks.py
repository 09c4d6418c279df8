"""What somebody tries who means harm: each door that was found ajar once, and stays shut."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.audit.tables import Entry
from gridgov.database import transaction
from gridgov.faces.access import ACCOUNT, PUBLIC, SESSION, TABLE
from gridgov.people.accounts import add_token, disable, refuse_demonstration
from gridgov.people.last import LastSecurityAdministrator
from gridgov.people.noted import OPERATOR
from gridgov.people.scopes import Scope
from gridgov.people.tokens import TokenScope
from tests.access.test_table import call
from tests.conftest import town_on
from tests.storage.makers import photo
from tests.support.browser import ORIGIN, Browser, give_factor, give_password
from tests.support.desk import START
from tests.support.town import LONG_AGO, RESIDENT, Town


def entries(town: Town, what: str) -> list[Entry]:
    with town.app.app_context(), transaction(write=False) as session:
        found = list(session.scalars(sa.select(Entry).where(Entry.what == what)))
        session.expunge_all()
        return found


def journalled_by(town: Town, what: str) -> list[str | None]:
    return [one.person_code for one in entries(town, what)]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer gg_wrong"}])
def test_the_page_takes_no_more_guesses_at_a_code_than_the_api(
    fresh_engine: Engine, tmp_path: Path, header: dict[str, str]
) -> None:
    town = town_on(fresh_engine, tmp_path / "files", rate_limits="on")
    taken = town.report()
    given = {"number": taken["number"], "code": "00000000"}
    tried = [town.client.post("/follow", data=given, headers=header) for _ in range(11)]
    assert tried[-1].status_code == 429
    right = given | {"code": taken["query_code"]}
    assert town.client.post("/follow", data=right, headers=header).status_code == 429


def test_nobody_keeps_a_production_server_from_starting_by_a_label(town: Town) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    browser.sign_in("leader")
    refused = browser("POST", "/tokens", {"label": "demo"})
    assert refused.status_code == 422, refused.json
    with town.app.app_context():
        from gridgov.database import db

        refuse_demonstration(db.engine)


@pytest.mark.parametrize(
    "onto",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example",
     "/a\r\nSet-Cookie: x=y", "javascript:alert(1)", "\x00//evil.example"],
)  # fmt: skip
def test_signing_in_leads_to_our_own_pages_only(town: Town, onto: str) -> None:
    answer = town.client.post("/sign-out", data={"next": onto})
    assert answer.status_code == 303
    answer = town.client.post("/preferences", data={"next": onto, "lang": "en"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    give_password(town, "leader")
    given = {"login": "leader", "password": "vier Laternen am Kanal", "next": onto}
    answer = town.client.post("/sign-in", data=given, headers={"Origin": ORIGIN})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/"), answer.text


@pytest.mark.parametrize("login", ["\x00", "a\x00b", "\ud800", "x" * 100_000, "' OR 1=1 --"])
def test_a_login_of_whatever_signs_is_refused_like_any_other(shared_town: Town, login: str) -> None:
    sent = login.encode("utf-8", "surrogatepass")
    body = b"password=x&login=" + sent
    answer = shared_town.client.post(
        "/sign-in", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 422, answer.text


def test_another_site_does_nothing_with_the_cookie_of_a_case(town: Town) -> None:
    taken = town.report()
    path = f"/follow/{taken['number']}"
    given = {"number": taken["number"], "code": taken["query_code"]}
    assert town.client.post("/follow", data=given).status_code == 303
    step = {"step": "withdraw", "version": "1"}
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        assert town.client.post(path, data=step, headers=foreign).status_code == 403
    assert town.client.post(path, data=step, headers={"Origin": ORIGIN}).status_code == 303
    assert town.get(f"/cases/{taken['number']}", "leader").json["status"] == "withdrawn"


def test_whoever_may_not_add_to_a_case_does_not_fill_the_storage(town: Town) -> None:
    number = town.report()["number"]
    files = town.app.extensions["gridgov"].settings.files
    before = sorted(files.rglob("*"))
    for who in (RESIDENT, "handler-office"):
        answer = town.client.post(
            f"/cases/{number}/steps",
            data={
                "step": "comment",
                "text": "x",
                "version": "1",
                "file": (io.BytesIO(photo()), "x.jpg"),
            },
            headers=town.headers(who),
        )
        assert answer.status_code in (404, 422), answer.text
    assert sorted(files.rglob("*")) == before


def test_half_a_session_opens_nothing(town: Town) -> None:
    give_password(town, "leader")
    give_factor(town, "leader")
    browser = Browser(town)
    assert browser.sign_in("leader").json["awaits"] == "second_factor"
    mine = {"session.read_session", "session.prove"}
    number = town.report()["number"]
    half = Town(town.app, browser.client)
    for line in TABLE:
        if line.door not in (ACCOUNT, SESSION) or line.endpoint in mine:
            continue
        answer = call(half, line, number, {"Origin": ORIGIN})
        assert answer.status_code in (303, 403, 415, 422), (line, answer.text)
        if answer.status_code == 303:
            assert answer.headers["Location"].startswith("/sign-in"), line
    # And nothing was made by those that were refused for their form.
    assert browser("GET", f"/cases/{number}").status_code == 403


def test_a_token_that_may_only_report_reads_nothing(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        town.tokens["dispatcher"] = add_token(
            session, "dispatcher", "form", LONG_AGO, None, [TokenScope.REPORT]
        )
    taken = town.report("dispatcher", description="a heron on the roof")
    for line in TABLE:
        same_for_all = line.door is PUBLIC and isinstance(line.over, Scope)
        if line.method != "GET" or line.door is SESSION or same_for_all:
            continue
        answer = call(town, line, taken["number"], town.headers("dispatcher"))
        if answer.status_code == 303:  # a page of one's own: it wants a session
            assert answer.headers["Location"].startswith("/sign-in"), line
        else:
            assert answer.status_code in (403, 404), (line, answer.text)
        assert "heron" not in answer.text, line
    refused = town.post(
        f"/cases/{taken['number']}/steps", {"step": "file", "version": 1}, "dispatcher"
    )
    assert refused.status_code == 403
    body = {"description": "x", "category": "01001", "steps": [{"step": "settle", "result": "y"}]}
    assert town.post("/cases", body, "dispatcher").status_code in (403, 422)


def test_a_cookie_that_was_planted_is_not_kept(town: Town) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    browser.client.set_cookie("gridgov_session", "planted")
    assert browser.sign_in("leader").status_code == 201
    assert browser.cookie.value != "planted"


def test_what_administrators_do_to_others_is_journalled_as_theirs(town: Town) -> None:
    admin = "security-admin"
    key = town.get("/accounts/gis/tokens", admin).json["tokens"][0]["id"]
    path = f"/api/v1/accounts/gis/tokens/{key}"
    assert town.client.delete(path, headers=town.headers(admin)).status_code == 204
    assert journalled_by(town, "token_revoked") == [admin]


def test_the_last_security_administrator_stays(town: Town) -> None:
    admin = "security-admin"
    (duty,) = town.get("/duties?role=security_admin", admin).json["duties"]
    refused = town.post(f"/duties/{duty['id']}/end", None, admin)
    assert (refused.status_code, refused.json["type"]) == (
        409, "urn:gridgov:LastSecurityAdministrator",
    ), refused.json  # fmt: skip
    keys = town.app.extensions["gridgov"].settings.keys
    with town.app.app_context():
        with pytest.raises(LastSecurityAdministrator), transaction() as session:
            disable(session, keys, admin, START, OPERATOR)
        with transaction() as session:
            disable(session, keys, "gis", START, OPERATOR)
    body = {"person": "caller", "role": "security_admin"}
    assert town.post("/duties", body, admin).status_code == 201
    assert town.post(f"/duties/{duty['id']}/end", None, admin).status_code == 200
    assert town.get("/accounts", "caller").status_code == 200
