"""Signing in over HTTP: password, lock, second factor, first password, and what ends a session."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from gridgov.people.tables import Account, SignedIn, Token
from tests.support.browser import (
    PASSWORD,
    TOTP,
    Browser,
    change,
    give_factor,
    give_password,
)
from tests.support.town import Town

NEW = "ein Reiher steht im Regen"


def code(offset: int = 0) -> str:
    return pyotp.TOTP(TOTP).at(time.time() + 30 * offset)


def test_a_session_opens_what_a_token_does(town: Town) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    assert browser("GET", "/cases").status_code == 401
    answer = browser.sign_in("leader", remember=True)
    assert answer.status_code == 201
    assert answer.json["awaits"] is None
    assert answer.json["kind"] == "grid"
    assert browser("GET", "/cases").status_code == 200
    taken = browser("POST", "/cases", {"description": "lamp", "category": "01001"})
    assert taken.status_code == 201
    assert browser("DELETE", "/session").status_code == 204
    assert browser.cookie is None
    assert browser("GET", "/cases").status_code == 401


def test_the_cookie_is_out_of_reach(town: Town) -> None:
    give_password(town, "leader")
    plain = Browser(town).sign_in("leader").headers["Set-Cookie"]
    assert plain.startswith("gridgov_session=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain.split("; "))
    assert "Secure" not in plain
    assert "Max-Age" not in plain
    tls = town.app.test_client().post(
        "/api/v1/session",
        json={"login": "leader", "password": PASSWORD, "remember": True},
        base_url="https://grid.example",
    )
    kept = tls.headers["Set-Cookie"]
    assert kept.startswith("__Host-gridgov_session=")
    assert {"Secure", "HttpOnly", "Max-Age=2592000", "Path=/"} <= set(kept.split("; "))
    assert "Domain" not in kept


def test_a_cookie_is_stored_hashed(town: Town) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    browser.sign_in("leader")
    with town.app.app_context():
        from gridgov.database import transaction

        with transaction(write=False) as session:
            row = session.scalars(sa.select(SignedIn)).one()
    assert browser.cookie.value not in repr(vars(row))


def test_a_first_password_that_was_not_changed_in_time_is_good_for_nothing(town: Town) -> None:
    admin = "security-admin"

    def given() -> str:
        made = town.post("/accounts/leader/first-password", None, admin).json
        days = datetime.fromisoformat(made["until"]) - datetime.now(UTC)
        assert timedelta(days=6, hours=23) < days <= timedelta(days=7)
        return str(made["password"])

    def said(answer: Any) -> tuple[int, str]:
        return answer.status_code, str(answer.json["type"]).rpartition(":")[2]

    def expire() -> None:
        over = sa.update(Account).where(Account.login == "leader")
        change(town, over.values(first_until=datetime.now(UTC) - timedelta(seconds=1)))

    first = given()
    browser = Browser(town)
    assert browser.sign_in("leader", first).json["awaits"] == "password"
    expire()
    # Neither who signs in now, nor who did before, gets on with it; however often it is tried.
    late = Browser(town)
    for _ in range(6):
        assert said(late.sign_in("leader", first)) == (401, "FirstPasswordOver")
    changed = browser("POST", "/session/password", {"old": first, "new": NEW})
    assert said(changed) == (401, "FirstPasswordOver")
    # Who does not know it learns nothing.
    assert said(late.sign_in("leader", "wrong")) == (401, "SignInFailed")
    (shown,) = town.get("/accounts?person=leader", admin).json["accounts"]
    assert shown["must_change"]
    assert datetime.fromisoformat(shown["first_until"]) < datetime.now(UTC)

    again = given()
    assert late.sign_in("leader", again).json["awaits"] == "password"
    assert late("POST", "/session/password", {"old": again, "new": NEW}).status_code == 200
    expire()  # what the holder chose does not end
    assert late.sign_in("leader", NEW).json["awaits"] is None


def test_five_failures_lock_for_five_minutes_whoever_asks(town: Town) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    wrong = [browser.sign_in("leader", "wrong") for _ in range(5)]
    assert {answer.status_code for answer in wrong} == {401}
    locked = browser.sign_in("leader")
    assert locked.status_code == 401
    # Nobody learns from the answer whether there is such an account, or that it is locked.
    nobody = browser.sign_in("nobody-at-all", "wrong")
    assert nobody.json == locked.json == wrong[0].json
    over = datetime.now(UTC) - timedelta(seconds=1)
    change(town, sa.update(Account).where(Account.login == "leader").values(locked_until=over))
    assert browser.sign_in("leader", "wrong").status_code == 401
    assert browser.sign_in("leader").status_code == 201


def test_signing_in_forgets_failures(town: Town) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    for _ in range(3):
        for _ in range(4):
            assert browser.sign_in("leader", "wrong").status_code == 401
        assert browser.sign_in("leader").status_code == 201


def test_a_first_password_opens_its_change_only(town: Town) -> None:
    give_password(town, "leader", first=True)
    browser = Browser(town)
    assert browser.sign_in("leader").json["awaits"] == "password"
    refused = browser("GET", "/cases")
    assert refused.status_code == 403
    assert "PasswordAwaited" in refused.json["type"]
    assert browser("GET", "/tokens").status_code == 403
    # Nobody's session: what everybody may do goes on.
    assert browser("GET", "/categories").status_code == 200
    changed = browser("POST", "/session/password", {"old": PASSWORD, "new": NEW})
    assert changed.status_code == 200, changed.json
    assert changed.json["awaits"] is None
    assert browser("GET", "/cases").status_code == 200
    assert Browser(town).sign_in("leader").status_code == 401
    assert Browser(town).sign_in("leader", NEW).status_code == 201


def test_a_new_password_ends_every_session(town: Town) -> None:
    give_password(town, "leader")
    here, there = Browser(town), Browser(town)
    here.sign_in("leader")
    there.sign_in("leader")
    before = here.cookie.value
    assert here("POST", "/session/password", {"old": "no", "new": NEW}).status_code == 401
    assert here("POST", "/session/password", {"old": PASSWORD, "new": NEW}).status_code == 200
    assert here.cookie.value != before
    assert here("GET", "/cases").status_code == 200
    assert there("GET", "/cases").status_code == 401


@pytest.mark.parametrize(
    ("new", "why"),
    [("short", "TooShort"), ("Ningbo@2026!", "Guessable"), (PASSWORD, "Unchanged")],
)
def test_a_bad_new_password_is_refused(town: Town, new: str, why: str) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    browser.sign_in("leader")
    refused = browser("POST", "/session/password", {"old": PASSWORD, "new": new})
    assert refused.status_code == 422
    assert why in refused.json["type"]
    assert browser("GET", "/cases").status_code == 200


def test_an_administrator_without_a_second_factor_adds_one_first(town: Town) -> None:
    give_password(town, "security-admin")
    browser = Browser(town)
    assert browser.sign_in("security-admin").json["awaits"] == "enrolment"
    assert "EnrolmentAwaited" in browser("GET", "/cases").json["type"]
    begun = browser("POST", "/second-factor")
    assert begun.status_code == 201
    assert begun.json["uri"].startswith("otpauth://totp/")
    wrong = browser("POST", "/second-factor/confirm", {"code": "000000"})
    assert wrong.status_code == 422
    right = pyotp.TOTP(begun.json["secret"]).now()
    done = browser("POST", "/second-factor/confirm", {"code": right})
    assert done.status_code == 200, done.json
    assert done.json["awaits"] is None
    assert len(set(done.json["recovery_codes"])) == 10
    assert browser("GET", "/cases").status_code == 200
    # From now on a password is not enough, and a recovery code is good once.
    again = Browser(town)
    assert again.sign_in("security-admin").json["awaits"] == "second_factor"
    assert "SecondFactorAwaited" in again("GET", "/cases").json["type"]
    recovery = {"code": done.json["recovery_codes"][3].lower()}
    assert again("POST", "/session/second-factor", recovery).status_code == 200
    assert again("GET", "/cases").status_code == 200
    third = Browser(town)
    third.sign_in("security-admin")
    assert third("POST", "/session/second-factor", recovery).status_code == 422


def test_a_mistyped_first_code_leaves_what_was_scanned_right(town: Town) -> None:
    give_password(town, "security-admin")
    browser, elsewhere = Browser(town), Browser(town)
    browser.sign_in("security-admin")
    elsewhere.sign_in("security-admin")
    abandoned = elsewhere("POST", "/second-factor").json["secret"]
    shown = browser("POST", "/second-factor").json["secret"]
    # What somebody began in another session, who may be another, never comes to count.
    assert shown != abandoned
    wrong = elsewhere("POST", "/second-factor/confirm", {"code": pyotp.TOTP(abandoned).now()})
    assert wrong.status_code == 409
    assert browser("POST", "/second-factor/confirm", {"code": "000000"}).status_code == 422
    assert browser("POST", "/second-factor").json["secret"] == shown
    page = browser.client.post("/sign-in/factor", data={"code": "000000"}, headers=browser.headers)
    assert page.status_code == 422
    assert shown in page.text
    assert shown in browser.client.get("/sign-in").text
    done = browser("POST", "/second-factor/confirm", {"code": pyotp.TOTP(shown).now()})
    assert done.status_code == 200
    assert browser("POST", "/second-factor").json["secret"] != shown  # another phone, later


def test_a_code_is_good_once(town: Town) -> None:
    give_password(town, "audit-admin")
    give_factor(town, "audit-admin")
    one = Browser(town)
    assert one.sign_in("audit-admin", code=(now := code())).json["awaits"] is None
    two = Browser(town)
    two.sign_in("audit-admin")
    assert two("POST", "/session/second-factor", {"code": now}).status_code == 422
    # The step before the one that was used is over, too; the one after it is a step of drift.
    assert two("POST", "/session/second-factor", {"code": code(-1)}).status_code == 422
    assert two("POST", "/session/second-factor", {"code": code(3)}).status_code == 422
    assert two("POST", "/session/second-factor", {"code": code(1)}).status_code == 200


def test_codes_are_not_guessed_even_with_the_password(town: Town) -> None:
    give_password(town, "audit-admin")
    give_factor(town, "audit-admin")
    tries = 0
    browser = Browser(town)
    while browser.sign_in("audit-admin").status_code == 201:
        browser("POST", "/session/second-factor", {"code": "000000"})
        tries += 1
        assert tries <= 5
    assert tries == 5
    assert browser("POST", "/session/second-factor", {"code": code()}).status_code == 422


def test_administrators_have_ten_idle_minutes(town: Town) -> None:
    give_password(town, "audit-admin")
    give_factor(town, "audit-admin")
    browser = Browser(town)
    assert browser.sign_in("audit-admin", code=code(), remember=True).json["kind"] == "admin"
    used = sa.update(SignedIn)
    now = datetime.now(UTC)
    early = now - timedelta(hours=2)
    change(town, used.values(created_at=early, used_at=now - timedelta(minutes=9)))
    assert browser("GET", "/cases").status_code == 200  # which counts as use
    assert browser("GET", "/session").json["ends"] > (now + timedelta(minutes=9)).isoformat()
    change(town, used.values(used_at=now - timedelta(minutes=10)))
    assert browser("GET", "/cases").status_code == 401


@pytest.mark.parametrize(
    ("login", "remember", "lasts"),
    [
        ("member", True, timedelta(days=30)),
        ("member", False, timedelta(hours=12)),
        ("dispatcher", True, timedelta(hours=12)),
        ("handler", False, timedelta(hours=12)),
        ("resident", True, timedelta(days=30)),
    ],
)
def test_sessions_last_as_long_as_the_work_needs(
    town: Town, login: str, remember: bool, lasts: timedelta
) -> None:
    give_password(town, login)
    browser = Browser(town)
    browser.sign_in(login, remember=remember)
    past = datetime.now(UTC) - lasts
    for gone, status in ((timedelta(minutes=-1), 200), (timedelta(0), 401)):
        change(town, sa.update(SignedIn).values(created_at=past - gone))
        assert browser("GET", "/cases").status_code == status
    # Nobody's use is noted but an administrator's.
    with town.app.app_context():
        from gridgov.database import transaction

        with transaction(write=False) as session:
            assert set(session.scalars(sa.select(SignedIn.used_at))) == {None}


def test_ones_own_sessions_are_listed_and_ended(town: Town) -> None:
    give_password(town, "leader")
    give_password(town, "member")
    phone = Browser(town, **{"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/142.0"})
    desk, other = Browser(town), Browser(town)
    phone.sign_in("leader")
    desk.sign_in("leader")
    other.sign_in("member")
    found = desk("GET", "/sessions").json["sessions"]
    assert [(one["device"], one["this"]) for one in found] == [
        ("Unknown device", True),
        ("Chrome, Android", False),
    ]
    lost = f"/sessions/{found[1]['id']}"
    assert other("DELETE", lost).status_code == 404
    assert desk("DELETE", lost).status_code == 204
    assert phone("GET", "/cases").status_code == 401
    assert desk("GET", "/cases").status_code == 200


def test_a_token_is_made_used_and_revoked(town: Town) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    browser.sign_in("leader")
    made = browser("POST", "/tokens", {"label": "script", "scopes": ["read"], "days": 1})
    assert made.status_code == 201
    town.tokens["script"] = made.json["token"]
    assert town.get("/cases", "script").status_code == 200
    refused = town.post("/cases", {"description": "lamp", "category": "01001"}, "script")
    assert refused.status_code == 403
    assert "ScopeMissing" in refused.json["type"]
    listed = browser("GET", "/tokens").json["tokens"]
    assert {one["label"] for one in listed} == {"script", "test"}
    assert "token" not in listed[0]
    assert listed[0]["last_used_at"] is not None
    # A token makes no other one, and reads nothing of the session.
    for method, path in (("GET", "/tokens"), ("GET", "/session"), ("POST", "/second-factor")):
        answer = town.client.open("/api/v1" + path, method=method, headers=town.headers("script"))
        assert answer.status_code == 401
        assert answer.json["type"] == "urn:gridgov:SessionNeeded"  # not to send what was sent
    assert "NotSignedIn" in town.get("/tokens").json["type"]
    key = made.json["id"]
    assert browser("DELETE", f"/tokens/{key}").status_code == 204
    assert browser("DELETE", f"/tokens/{key}").status_code == 404
    assert town.get("/cases", "script").status_code == 401


def test_a_token_that_reports_takes_no_steps(town: Town) -> None:
    give_password(town, "member")
    browser = Browser(town)
    browser.sign_in("member")
    made = browser("POST", "/tokens", {"label": "sensor", "scopes": ["report"]}).json
    town.tokens["sensor"] = made["token"]
    report = {"description": "lamp", "category": "01001"}
    assert town.post("/cases", report, "sensor").status_code == 201
    assert town.get("/cases", "sensor").status_code == 403
    steps = [{"step": "settle", "category": "01001", "result": "done"}]
    assert town.post("/cases", report | {"steps": steps}, "sensor").status_code == 403


def test_only_a_second_factor_makes_tokens_that_administer(town: Town) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    browser.sign_in("leader")
    refused = browser("POST", "/tokens", {"label": "x", "scopes": ["read", "admin"]})
    assert refused.status_code == 403
    assert "SecondFactorNeeded" in refused.json["type"]


def test_a_disabled_account_is_nobody(town: Town) -> None:
    give_password(town, "leader")
    browser = Browser(town)
    browser.sign_in("leader")
    change(town, sa.update(Account).where(Account.login == "leader").values(active=False))
    assert browser("GET", "/cases").status_code == 401
    assert town.get("/cases", "leader").status_code == 401
    assert browser.sign_in("leader").status_code == 401


def test_an_expired_token_is_refused(town: Town) -> None:
    change(town, sa.update(Token).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert town.get("/cases", "leader").status_code == 401
