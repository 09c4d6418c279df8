"""A browser of somebody: its own cookies, and an origin, as browsers send one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.database import db, transaction
from gridgov.people import passwords
from gridgov.people.second_factor import enrol
from gridgov.people.sign_in import set_password
from gridgov.people.tables import Account
from tests.support.town import LONG_AGO, Town

ORIGIN = "http://localhost"
PASSWORD = "vier Laternen am Kanal"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Browser:
    """Signs in with a password, and calls the API with the session's cookie."""

    def __init__(self, town: Town, **headers: str) -> None:
        self.town = town
        self.client = town.app.test_client()
        self.headers = {"Accept-Language": "en", "Origin": ORIGIN} | headers

    def __call__(self, method: str, path: str, json: Any = None, **headers: str) -> Any:
        given = {"headers": self.headers | headers} | ({} if json is None else {"json": json})
        return self.client.open("/api/v1" + path, method=method, **given)

    def sign_in(self, login: str, password: str = PASSWORD, **given: Any) -> Any:
        return self("POST", "/session", {"login": login, "password": password} | given)

    @property
    def cookie(self) -> Any:
        return self.client.get_cookie("gridgov_session")


def give_password(town: Town, login: str, *, first: bool = False) -> None:
    """Let somebody sign in with PASSWORD."""
    with town.app.app_context(), transaction() as session:
        keys = town.app.extensions["gridgov"].settings.keys
        set_password(session, keys, account(session, login), stored(), LONG_AGO, first=first)


def give_factor(town: Town, login: str) -> None:
    """Let somebody's second factor be TOTP."""
    with town.app.app_context(), transaction() as session:
        keys = town.app.extensions["gridgov"].settings.keys
        enrol(session, keys, account(session, login), TOTP, datetime.now(UTC))


def account(session: Session, login: str) -> int:
    return session.scalars(sa.select(Account.id).where(Account.login == login)).one()


def change(town: Town, statement: sa.Update | sa.Delete) -> None:
    """Change a row behind the application's back."""
    with town.app.app_context(), transaction(db.engine) as session:
        session.execute(statement)


_STORED: list[str] = []


def stored() -> str:
    """Return PASSWORD's hash, made once: it takes its time on purpose."""
    if not _STORED:
        _STORED.append(passwords.hashed(PASSWORD))
    return _STORED[0]
