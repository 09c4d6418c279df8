"""Who is asking: a bearer token, a session's cookie, a case's code, or nobody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import g, request
from sqlalchemy.orm import Session

from gridgov.app import installation
from gridgov.errors import GridgovError, NotFound, NotSignedIn
from gridgov.faces import cookie
from gridgov.keys import token_hash
from gridgov.people.accounts import PREFIX
from gridgov.people.actors import ANYONE, Actor, by_code, person_acting
from gridgov.people.office import office
from gridgov.people.roles import ADMIN_ROLES
from gridgov.people.sessions import AWAITED, note_session, standing
from gridgov.people.tables import Account, Token
from gridgov.people.tokens import ScopeMissing, TokenScope

NOTED_EVERY = timedelta(minutes=1)
CODE_HEADER = "X-Case-Code"
TOKEN = re.compile(rf"bearer\s+{PREFIX}[\w-]{{43}}\s*", re.IGNORECASE | re.ASCII)
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What a token that may only report may call, and where it may come as the parameter api_key.
KEYED = "open311"
REPORTING = frozenset({"cases.report_case"})


# Made once: every call of a program begins with it, and to make it would take longer than to send.
_TOKEN = (
    sa.select(
        Token.id,
        Token.account_id,
        Token.scopes,
        Token.expires_at,
        Token.revoked_at,
        Token.last_used_at,
        Account.person_code,
        Account.firm_code,
    )
    .join(Account, Account.id == Token.account_id)
    .where(Token.hash == sa.bindparam("hash"), Account.active)
)


def now() -> datetime:
    """Return this instant; the faces' only clock."""
    return datetime.now(UTC)


def signed_in(session: Session, at: datetime) -> Actor:
    """Return who the token or session belongs to; raises NotSignedIn, or what is awaited."""
    actor = maybe_signed_in(session, at)
    if actor is ANYONE:
        raise unknown()
    return actor


def brought() -> bool:
    """Tell whether the request brings anything that says who asks, be it true or not.

    Raises NotSignedIn, before the input is looked at, for what cannot be a token of ours. Whether
    it is one, only the database knows: `serving()` asks it, once, with all the rest.
    """
    given = authorization()
    if given is not None and not TOKEN.fullmatch(given):
        raise NotSignedIn
    return given is not None or cookie.given() is not None


def authorization() -> str | None:
    """Return what is brought as a token's header; Open311's clients send theirs as a parameter."""
    header = request.headers.get("Authorization")
    if header is None and (request.endpoint or "").startswith(KEYED):
        key = request.values.get("api_key", "").strip()
        return f"Bearer {key}" if key else None
    return header


def unknown() -> GridgovError:
    """Return why nobody is known to ask: not signed in, or not yet wholly."""
    waits = g.get("awaits")
    return AWAITED[waits]() if waits else NotSignedIn()


def maybe_signed_in(session: Session, at: datetime) -> Actor:
    """Return who the token or session belongs to, or anyone.

    A wrong token is refused, never ignored. A session that has ended, or still waits for its
    second factor or a new password, is nobody's: public pages go on.
    """
    header = authorization()
    if header is None:
        return _by_cookie(session, at)
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotSignedIn
    token = session.execute(_TOKEN, {"hash": token_hash(secret.strip())}).one_or_none()
    if token is None or token.revoked_at or (token.expires_at or at) < at:
        raise NotSignedIn
    g.scopes = frozenset(token.scopes)
    need(_needed())
    if token.last_used_at is None or at - token.last_used_at >= NOTED_EVERY:
        session.info["note_token"] = token.id
    actor = person_acting(office(session), token.person_code, at, token.account_id, token.firm_code)
    if TokenScope.ADMIN in g.scopes:
        return actor
    # Duties that ask for a second factor do not go with a token that anybody may make.
    rest = tuple(duty for duty in actor.duties if duty.role not in ADMIN_ROLES)
    return replace(actor, duties=rest)


def need(scope: TokenScope) -> None:
    """Refuse a token that was not made for this; raises ScopeMissing."""
    scopes = g.get("scopes")
    if scopes is not None and scope not in scopes:
        raise ScopeMissing(scope=scope.value)


def _needed() -> TokenScope:
    if (request.endpoint or "").startswith(KEYED):
        return TokenScope.REPORT
    if request.method in READING:
        return TokenScope.READ
    return TokenScope.REPORT if request.endpoint in REPORTING else TokenScope.ACT


def _by_cookie(session: Session, at: datetime) -> Actor:
    secret = cookie.given()
    found = standing(session, secret, office(session), at) if secret else None
    if found is None:
        return ANYONE
    if found.awaits:
        g.awaits = found.awaits
        return ANYONE
    if found.note:
        session.info["note_session"] = found.id
    return found.actor


def unnoted(session: Session) -> bool:
    """Tell whether a use waits to be noted."""
    return not session.info.keys().isdisjoint(("note_token", "note_session"))


def note_use(session: Session, at: datetime) -> None:
    """Note a token's or administrator's last use, once a minute, where something is written."""
    token_id = session.info.pop("note_token", None)
    if token_id is not None:
        session.execute(sa.update(Token).where(Token.id == token_id).values(last_used_at=at))
    session_id = session.info.pop("note_session", None)
    if session_id is not None:
        note_session(session, session_id, at)


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
