"""Tokens that somebody makes for a program of theirs: shown once, revoked one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput, NotAllowed, NotFound
from gridgov.keys import Keys
from gridgov.people.accounts import add_token
from gridgov.people.actors import Actor
from gridgov.people.noted import note
from gridgov.people.sessions import Standing
from gridgov.people.tables import Token
from gridgov.people.tokens import DEMONSTRATION, TokenScope

MOST = 20


class SecondFactorNeeded(NotAllowed):
    """A token that administers is made only after a second factor; add one, or sign in with it."""


class LabelTaken(BadInput):
    """This label marks a demonstration's tokens; choose another."""


class TooManyTokens(BadInput):
    """You have %(most)s tokens already; revoke one first."""


def make_token(
    session: Session,
    keys: Keys,
    own: Standing,
    label: str,
    scopes: Sequence[TokenScope],
    at: datetime,
    until: datetime,
) -> tuple[Token, str]:
    """Make a token; its secret is stored nowhere.

    Raises: SecondFactorNeeded, LabelTaken, TooManyTokens.
    """
    if TokenScope.ADMIN in scopes and not (own.second_factor and own.proven):
        raise SecondFactorNeeded
    if label == DEMONSTRATION:
        # With it in the database, a production server would not start again.
        raise LabelTaken(field="label")
    if len(tokens_of(session, own.account, at)) >= MOST:
        raise TooManyTokens(most=MOST)
    secret = add_token(session, own.login, label, at, until, scopes)
    token = tokens_of(session, own.account, at)[0]
    names = [scope.value for scope in scopes]
    note(session, keys, at, "token_made", own.account, token=token.id, scopes=names)
    return token, secret


def tokens_of(session: Session, account: int, at: datetime) -> list[Token]:
    """Return an account's tokens that still work, the newest first."""
    still = sa.or_(Token.expires_at.is_(None), Token.expires_at >= at)
    own = sa.select(Token).where(Token.account_id == account, Token.revoked_at.is_(None), still)
    return list(session.scalars(own.order_by(Token.id.desc())))


def revoke_token(
    session: Session, keys: Keys, account: int, key: int, at: datetime, *, by: Actor | None = None
) -> None:
    """Revoke one of an account's tokens, one's own or, as an administrator, another's.

    Raises NotFound.
    """
    own = sa.update(Token).where(
        Token.id == key, Token.account_id == account, Token.revoked_at.is_(None)
    )
    if session.execute(own.values(revoked_at=at)).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(field="key")
    note(session, keys, at, "token_revoked", account, actor=by, token=key)
