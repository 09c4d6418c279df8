"""`gridgov account` and `gridgov token`."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from gridgov.audit.tables import Entry
from gridgov.cli import main
from gridgov.database import transaction
from tests.support.browser import PASSWORD, Browser, give_factor, give_password
from tests.support.town import Town

NEW = "ein Reiher steht im Regen"


@pytest.fixture
def line(town: Town):  # type: ignore[no-untyped-def]
    settings = town.app.extensions["gridgov"].settings
    environ = {
        "GRIDGOV_DATABASE_URL": settings.database_url,
        "GRIDGOV_SECRET_KEY": settings.secret_key,
        "GRIDGOV_FILES": str(settings.files),
        "LC_ALL": "en",
    }

    def run(*args: str) -> Result:
        return CliRunner().invoke(main, args, env=environ)

    return run


def noted(town: Town) -> list[str]:
    with town.app.app_context(), transaction(write=False) as session:
        own = sa.select(Entry.what).where(Entry.journal == "accounts")
        return list(session.scalars(own.order_by(Entry.number)))


def test_an_account_from_its_first_password_to_its_end(town: Town, line) -> None:  # type: ignore[no-untyped-def]
    assert line("account", "add", "anna", "--person", "caller").exit_code == 0
    first = line("account", "password", "anna").stdout.strip()
    browser = Browser(town)
    assert browser.sign_in("anna", first).json["awaits"] == "password"
    changed = browser("POST", "/session/password", {"old": first, "new": NEW})
    assert changed.status_code == 200
    for _ in range(5):
        Browser(town).sign_in("anna", "wrong")
    assert Browser(town).sign_in("anna", NEW).status_code == 401
    assert line("account", "unlock", "anna").exit_code == 0
    assert Browser(town).sign_in("anna", NEW).status_code == 201
    # A new first password ends what was open.
    again = line("account", "password", "anna").stdout.strip()
    assert browser("GET", "/cases").status_code == 401
    assert browser.sign_in("anna", again).status_code == 201
    assert line("account", "disable", "anna").exit_code == 0
    assert browser.sign_in("anna", again).status_code == 401
    assert line("account", "enable", "anna").exit_code == 0
    assert browser.sign_in("anna", again).status_code == 201
    found = noted(town)
    assert found[:4] == ["added", "first_password_given", "signed_in", "password_changed"]
    assert found[4:9] == ["sign_in_failed"] * 5
    assert found[9:] == [
        "sign_in_while_locked", "unlocked", "signed_in", "first_password_given", "signed_in",
        "disabled", "sign_in_while_locked", "enabled", "signed_in",
    ]  # fmt: skip


def test_a_lost_second_factor_is_taken_away(town: Town, line) -> None:  # type: ignore[no-untyped-def]
    give_password(town, "audit-admin")
    give_factor(town, "audit-admin")
    browser = Browser(town)
    assert browser.sign_in("audit-admin").json["awaits"] == "second_factor"
    assert line("account", "reset-second-factor", "audit-admin").exit_code == 0
    assert browser("GET", "/session").status_code == 401
    assert browser.sign_in("audit-admin", PASSWORD).json["awaits"] == "enrolment"


def test_tokens_are_made_with_scopes(town: Town, line) -> None:  # type: ignore[no-untyped-def]
    made = line("token", "add", "leader", "--scope", "read").stdout.strip()
    town.tokens["new"] = made
    assert town.get("/cases", "new").status_code == 200
    assert town.post("/cases", {"description": "x"}, "new").status_code == 403
    assert line("token", "add", "leader", "--scope", "everything").exit_code == 2
    assert line("token", "revoke", "leader").stdout.strip() == "2"
    assert town.get("/cases", "new").status_code == 401
    assert noted(town) == ["token_made", "tokens_revoked"]


def test_an_account_that_is_not_there_is_said_to_be_unknown(town: Town, line) -> None:  # type: ignore[no-untyped-def]
    for command in ("password", "unlock", "disable", "enable", "reset-second-factor"):
        refused = line("account", command, "nobody")
        assert refused.exit_code == 1
        assert "nobody" in refused.stderr
