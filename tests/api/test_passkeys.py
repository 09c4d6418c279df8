"""Passkeys, with an authenticator in software."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.people.tables import Challenge
from tests.support.authenticator import Authenticator
from tests.support.browser import ORIGIN, Browser, change, give_password
from tests.support.town import Town


def made(town: Town, login: str) -> tuple[Browser, Authenticator]:
    give_password(town, login)
    browser, device = Browser(town), Authenticator(ORIGIN)
    browser.sign_in(login)
    added = add(browser, device)
    assert added.status_code == 201, added.json
    assert added.json["awaits"] is None
    return browser, device


def add(browser: Browser, device: Authenticator) -> Any:
    options = browser("POST", "/passkeys/options").json["options"]
    body = {"credential": device.make(options), "label": "phone"}
    return browser("POST", "/passkeys", body)


def options(browser: Browser) -> dict[str, Any]:
    return dict(browser("POST", "/session/passkey/options").json["options"])


def enter(browser: Browser, credential: dict[str, Any]) -> Any:
    return browser("POST", "/session/passkey", {"credential": credential})


def test_a_passkey_is_both_factors(town: Town) -> None:
    browser, device = made(town, "security-admin")
    assert browser("GET", "/cases").status_code == 200
    other = Browser(town)
    signed = enter(other, device.sign(options(other)))
    assert signed.status_code == 201, signed.json
    assert signed.json["awaits"] is None
    assert signed.json["login"] == "security-admin"
    # The password alone opens no more, and cannot add another factor.
    third = Browser(town)
    assert third.sign_in("security-admin").json["awaits"] == "second_factor"
    assert third("POST", "/second-factor").status_code == 403
    assert third("POST", "/passkeys/options").status_code == 403


def test_a_signature_is_good_once_and_soon(town: Town) -> None:
    _, device = made(town, "leader")
    browser = Browser(town)
    signed = device.sign(options(browser))
    assert enter(browser, signed).status_code == 201
    assert enter(Browser(town), signed).status_code == 401
    late = device.sign(options(browser))
    change(town, sa.update(Challenge).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert enter(browser, late).status_code == 401


def test_another_site_or_key_or_nobody_at_the_device_is_refused(town: Town) -> None:
    _, device = made(town, "leader")
    browser = Browser(town)
    device.origin = "http://evil.example"
    assert enter(browser, device.sign(options(browser))).status_code == 401
    device.origin, device.verified = ORIGIN, False
    assert enter(browser, device.sign(options(browser))).status_code == 401
    device.verified = True
    thief = Authenticator(ORIGIN)
    thief.id = device.id
    assert enter(browser, thief.sign(options(browser))).status_code == 401
    stranger = Authenticator(ORIGIN)
    assert enter(browser, stranger.sign(options(browser))).status_code == 401
    assert enter(browser, device.sign(options(browser))).status_code == 201
    # A device that counts backwards has been copied.
    device.uses = 0
    assert enter(browser, device.sign(options(browser))).status_code == 401


@pytest.mark.parametrize("rubbish", [{}, {"response": 1}, {"response": {"clientDataJSON": "e30"}}])
def test_rubbish_is_refused(shared_town: Town, rubbish: dict[str, Any]) -> None:
    assert enter(Browser(shared_town), rubbish).status_code == 401


def test_what_was_drawn_for_one_is_not_used_by_another(town: Town) -> None:
    give_password(town, "leader")
    give_password(town, "member")
    one, two = Browser(town), Browser(town)
    one.sign_in("leader")
    two.sign_in("member")
    device = Authenticator(ORIGIN)
    credential = device.make(one("POST", "/passkeys/options").json["options"])
    body = {"credential": credential, "label": "x"}
    assert two("POST", "/passkeys", body).status_code == 401
    assert enter(two, device.sign({"challenge": "AAAA", "rpId": "localhost"})).status_code == 401


def test_a_passkey_is_taken_away(town: Town) -> None:
    browser, device = made(town, "leader")
    [found] = browser("GET", "/passkeys").json["passkeys"]
    assert found["label"] == "phone"
    assert browser("DELETE", f"/passkeys/{found['id']}").status_code == 204
    assert browser("DELETE", f"/passkeys/{found['id']}").status_code == 404
    other = Browser(town)
    assert enter(other, device.sign(options(other))).status_code == 401
