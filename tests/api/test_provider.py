"""Signing in through an identity provider, against one that speaks the protocol and can lie."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.engine import Engine

from gridgov.database import db, transaction
from gridgov.people.accounts import link
from gridgov.people.noted import OPERATOR
from gridgov.settings import SettingMissing, SettingWrong, load
from tests.conftest import town_on
from tests.support.browser import Browser, give_factor
from tests.support.identity_provider import CLIENT, SECRET, Provider
from tests.support.town import Town


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider("subject-17")
    yield made
    made.close()


@pytest.fixture
def office(fresh_engine: Engine, tmp_path: Path, provider: Provider) -> Iterator[Town]:
    settings = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
    }
    town = town_on(fresh_engine, tmp_path / "files", **settings)
    yield town
    with town.app.app_context():
        db.engine.dispose()


def linked(town: Town, provider: Provider, login: str) -> None:
    keys = town.app.extensions["gridgov"].settings.keys
    with town.app.app_context(), transaction() as session:
        link(
            session, keys, login, provider.issuer, provider.subject, datetime.now(UTC), OPERATOR
        )  # fmt: skip


def there(browser: Browser, path: str = "/session/provider") -> str:
    answer = browser("GET", path)
    assert answer.status_code == 303, answer.json
    return str(answer.headers["Location"])


def back(browser: Browser, address: str) -> Any:
    parts = urlsplit(address)
    return browser.client.get(f"{parts.path}?{parts.query}", headers=browser.headers)


def refused(answer: Any) -> str:
    """Return which error the page of signing in is told."""
    assert answer.status_code == 303
    assert "gridgov_session" not in str(answer.headers.getlist("Set-Cookie"))
    return parse_qs(urlsplit(answer.headers["Location"]).query)["refused"][0]


def test_a_linked_account_signs_in(office: Town, provider: Provider) -> None:
    linked(office, provider, "leader")
    browser = Browser(office)
    answer = back(browser, provider.authorize(there(browser, "/session/provider?next=/cases")))
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/cases"
    assert browser("GET", "/session").json["login"] == "leader"
    assert browser("GET", "/sessions").json["sessions"][0]["way"] == "provider"
    assert browser("GET", "/cases").status_code == 200


def test_nobody_gets_an_account_by_the_provider_alone(office: Town, provider: Provider) -> None:
    browser = Browser(office)
    assert refused(back(browser, provider.authorize(there(browser)))) == "NotLinked"


def test_a_second_factor_is_asked_for_all_the_same(office: Town, provider: Provider) -> None:
    linked(office, provider, "audit-admin")
    browser = Browser(office)
    back(browser, provider.authorize(there(browser)))
    assert browser("GET", "/session").json["awaits"] == "enrolment"
    give_factor(office, "audit-admin")
    assert browser("GET", "/session").json["awaits"] == "second_factor"


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "http://127.0.0.1:1"},
        {"aud": "somebody-else"},
        {"nonce": "another"},
        {"exp": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
        {"aud": [CLIENT, "other"], "azp": "other"},
    ],
    ids=lambda lies: next(iter(lies)),
)
def test_an_id_token_of_another_is_refused(
    office: Town, provider: Provider, lies: dict[str, Any]
) -> None:
    linked(office, provider, "leader")
    browser = Browser(office)
    provider.lies = lies
    assert refused(back(browser, provider.authorize(there(browser)))) == "ProviderRefused"


def test_a_forged_signature_is_refused(office: Town, provider: Provider) -> None:
    linked(office, provider, "leader")
    browser = Browser(office)
    provider.forged = True
    assert refused(back(browser, provider.authorize(there(browser)))) == "ProviderRefused"


def test_what_another_browser_began_is_not_finished_here(office: Town, provider: Provider) -> None:
    linked(office, provider, "leader")
    attacker, victim = Browser(office), Browser(office)
    address = provider.authorize(there(attacker))
    assert refused(back(victim, address)) == "ProviderRefused"
    there(victim)
    assert refused(back(victim, address)) == "ProviderRefused"


def test_a_code_is_good_once(office: Town, provider: Provider) -> None:
    linked(office, provider, "leader")
    browser = Browser(office)
    begun = there(browser)
    kept = browser.client.get_cookie("gridgov_provider")
    address = provider.authorize(begun)
    assert back(browser, address).headers["Location"] == "/"
    again = Browser(office)
    again.client.set_cookie("gridgov_provider", kept.value if kept else "")
    assert refused(back(again, address)) == "ProviderRefused"
    assert provider.refused == ["token"]


def test_calls_stay_with_the_provider(office: Town, provider: Provider) -> None:
    provider.elsewhere = "http://localhost:1/token"
    assert Browser(office)("GET", "/session/provider").status_code == 503


@pytest.mark.parametrize("after", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
def test_nobody_is_sent_elsewhere(office: Town, provider: Provider, after: str) -> None:
    linked(office, provider, "leader")
    browser = Browser(office)
    begun = there(browser, f"/session/provider?next={after}")
    assert back(browser, provider.authorize(begun)).headers["Location"] == "/"


def test_without_a_provider_there_is_nothing(shared_town: Town) -> None:
    assert shared_town.get("/session/provider").status_code == 404


def test_settings_of_a_provider_are_whole() -> None:
    environ = {
        "GRIDGOV_DATABASE_URL": "sqlite://",
        "GRIDGOV_SECRET_KEY": "a" * 40,
        "GRIDGOV_OIDC_ISSUER": "http://id.example",
    }
    with pytest.raises(SettingMissing):
        load(environ)
    whole = environ | {"GRIDGOV_OIDC_CLIENT_ID": "x"}
    assert load(whole).oidc_issuer
    keys = {f"GRIDGOV_{name}_KEY": "a" * 40 for name in ("CONTACT", "CODE", "AUDIT")}
    with pytest.raises(SettingWrong):
        load(whole | keys | {"GRIDGOV_ENV": "production"})
