"""Who is asking: a bearer token, a case's code, or nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session

from gridgov.app import installation
from gridgov.errors import NotFound, NotSignedIn
from gridgov.keys import token_hash
from gridgov.people.actors import ANYONE, Actor, by_code, person_acting
from gridgov.people.office import office
from gridgov.people.tables import Account, Token

NOTED_EVERY = timedelta(minutes=1)
CODE_HEADER = "X-Case-Code"


def now() -> datetime:
    """Return this instant; the faces' only clock."""
    return datetime.now(UTC)


def signed_in(session: Session, at: datetime) -> Actor:
    """Return who the token belongs to; raises NotSignedIn."""
    actor = maybe_signed_in(session, at)
    if actor is ANYONE:
        raise NotSignedIn
    return actor


def brought() -> bool:
    """Tell whether the request brings anything that says who asks, be it true or not."""
    return "Authorization" in request.headers


def maybe_signed_in(session: Session, at: datetime) -> Actor:
    """Return who the token belongs to, or anyone; a wrong token is refused, never ignored."""
    header = request.headers.get("Authorization")
    if header is None:
        return ANYONE
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotSignedIn
    row = session.execute(
        sa.select(Token, Account.person_code)
        .join(Account, Account.id == Token.account_id)
        .where(Token.hash == token_hash(secret.strip()), Account.active)
    ).one_or_none()
    if row is None or row.Token.revoked_at or (row.Token.expires_at or at) < at:
        raise NotSignedIn
    token: Token = row.Token
    if token.last_used_at is None or at - token.last_used_at >= NOTED_EVERY:
        session.info["note_token"] = token.id
    return person_acting(office(session), row.person_code, at, token.account_id)


def note_use(session: Session, at: datetime) -> None:
    """Note the token's last use, at most once a minute, in a transaction that writes anyway."""
    token_id = session.info.pop("note_token", None)
    if token_id is not None:
        session.execute(sa.update(Token).where(Token.id == token_id).values(last_used_at=at))


def for_case(session: Session, number: str, at: datetime, code: str | None) -> Actor:
    """Return who asks for a case: its reporter by the code, else who the token belongs to.

    A wrong code and a number that does not exist get the same answer.
    """
    code = request.headers.get(CODE_HEADER) or code
    if code:
        # A wrong token is refused even here: its presence has lifted the limit on guessing.
        maybe_signed_in(session, at)
        if not installation().settings.keys.opens(number, code):
            raise NotFound(field="number")
        return by_code(number)
    return signed_in(session, at)
