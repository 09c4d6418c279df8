"""Many at once: no more guesses than five, no code twice, no more statements than before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pyotp
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.database import db, transaction
from gridgov.keys import Keys
from gridgov.people.accounts import add_account
from gridgov.people.second_factor import enrol, prove
from gridgov.people.sign_in import FAILURES, LOCKED, attempt
from tests.support.browser import TOTP, Browser, give_password
from tests.support.town import LONG_AGO, Town

KEYS = Keys("a secret of the tests")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_attempts_at_once_are_no_more_than_five(fresh_engine: Engine) -> None:
    with transaction(fresh_engine) as session:
        add_account(session, "anna", None, LONG_AGO)

    def one(_: int) -> bool:
        with transaction(fresh_engine) as session:
            return attempt(session, "anna", NOW).open

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == FAILURES
    with transaction(fresh_engine) as session:
        assert not attempt(session, "anna", NOW + LOCKED * 0.99).open
        assert attempt(session, "anna", NOW + LOCKED).open


def test_a_code_at_once_is_taken_once(fresh_engine: Engine) -> None:
    with transaction(fresh_engine) as session:
        account = add_account(session, "anna", None, LONG_AGO).id
        enrol(session, KEYS, account, TOTP, LONG_AGO)
    code = pyotp.TOTP(TOTP).at(NOW)

    def one(_: int) -> bool:
        with transaction(fresh_engine) as session:
            return prove(session, KEYS, account, code, NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1


def test_who_asks_is_one_statement(town: Town) -> None:
    """A cookie costs no more than a token: one query, with all that decides."""
    give_password(town, "caller")
    browser = Browser(town)
    browser.sign_in("caller")
    report = {"description": "lamp", "category": "01001"}
    asked: list[str] = []
    with town.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    town.post("/cases", report, "caller")  # notes the token's first use
    counts = []
    for call in (
        lambda: town.post("/cases", report, "caller"),
        lambda: browser("POST", "/cases", report),
    ):
        asked.clear()
        assert call().status_code == 201
        counts.append(len([text for text in asked if not text.startswith(("BEGIN", "PRAGMA"))]))
    assert counts[0] == counts[1]
