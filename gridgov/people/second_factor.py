"""The second factor: one-time codes (TOTP, RFC 6238) and codes for the day the phone is lost.

A code is good once, for its step of 30 s and the one before and after. The secret is sealed with a
key outside the database. Recovery codes have 80 random bits, so one hash suffices for them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput, Conflict
from gridgov.keys import CROCKFORD, Keys, token_hash
from gridgov.people.actors import Actor
from gridgov.people.noted import note
from gridgov.people.sign_in import reset
from gridgov.people.tables import Account, Passkey, RecoveryCode, SignedIn

STEP_S, DRIFT = 30, 1
RECOVERY_CODES, RECOVERY_LENGTH = 10, 16


class CodeWrong(BadInput):
    """This code is not right, or was used. Wait for the next; after five failures, five minutes."""


class NothingToConfirm(Conflict):
    """No second factor is waiting to be confirmed; begin again."""


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app is shown, this once."""

    secret: str
    uri: str


def bound_to(row: Account) -> str:
    """Return what the seal of an account's secret is bound to."""
    return f"second-factor:{row.id}"


def prepare(session: Session, keys: Keys, account: int, issuer: str, signed_in: int) -> Enrolment:
    """Return a secret that counts from its first code on; an older one counts until then.

    The same session is shown the same secret again, so that what was scanned stays right after a
    mistyped code. Another one draws its own: who began elsewhere must not know what will count.
    """
    row = session.get_one(Account, account)
    begun = _begun(session, signed_in)
    secret = _waiting(row, keys, begun)
    if secret is None:
        secret = pyotp.random_base32()
        row.totp_waiting = keys.seal(f"{begun}:{secret}", bound_to(row))
        session.flush()
    return Enrolment(
        secret, pyotp.TOTP(secret).provisioning_uri(name=row.login, issuer_name=issuer)
    )


def _begun(session: Session, signed_in: int) -> str:
    # The session's hash, because its key is given again where it was the last.
    return session.get_one(SignedIn, signed_in).hash[:16]


def _waiting(row: Account, keys: Keys, begun: str) -> str | None:
    """Return the secret that waits for its first code in a session."""
    if row.totp_waiting is None:
        return None
    before, _, secret = keys.unseal(row.totp_waiting, bound_to(row)).partition(":")
    return secret if before == begun else None


def confirm(
    session: Session, keys: Keys, account: int, code: str, at: datetime, signed_in: int
) -> list[str]:
    """Let the waiting secret count, given its code; returns recovery codes, shown this once."""
    row = session.get_one(Account, account)
    secret = _waiting(row, keys, _begun(session, signed_in))
    if secret is None:
        raise NothingToConfirm
    step = matching_step(secret, code, at)
    if step is None:
        raise CodeWrong(field="code")
    row.totp_sealed, row.totp_waiting, row.totp_step = keys.seal(secret, bound_to(row)), None, step
    session.flush()
    note(session, keys, at, "second_factor_added", account)
    return renew_recovery(session, account)


def prove(session: Session, keys: Keys, account: int, code: str, at: datetime) -> bool:
    """Tell whether a code is the account's, from its app or a recovery code; each is good once."""
    row = session.get_one(Account, account)
    step = None
    if row.totp_sealed is not None and code.strip().replace(" ", "").isdecimal():
        step = matching_step(keys.unseal(row.totp_sealed, bound_to(row)), code, at)
    if step is not None:
        # The database decides which of two at once was first.
        unused = sa.or_(Account.totp_step.is_(None), Account.totp_step < step)
        taken = sa.update(Account).where(Account.id == account, unused).values(totp_step=step)
        right = _one(session, taken)
    else:
        mine = sa.delete(RecoveryCode).where(
            RecoveryCode.account_id == account, RecoveryCode.hash == token_hash(_read(code))
        )
        right = _one(session, mine)
        if right:
            note(session, keys, at, "recovery_code_used", account)
    if right:
        reset(session, account)
        note(session, keys, at, "second_factor_given", account)
    else:
        note(session, keys, at, "second_factor_failed", account)
    return right


def reset_second_factor(
    session: Session, keys: Keys, account: int, at: datetime, *, actor: Actor | None = None
) -> None:
    """Take away what was lost: secret, recovery codes, passkeys; and end every session."""
    row = session.get_one(Account, account)
    row.totp_sealed = row.totp_waiting = row.totp_step = None
    session.flush()
    for table in (RecoveryCode, Passkey, SignedIn):
        session.execute(sa.delete(table).where(table.account_id == account))
    note(session, keys, at, "second_factor_taken_away", account, actor=actor)


def enrol(session: Session, keys: Keys, account: int, secret: str, at: datetime) -> None:
    """Let a known secret count at once: for the demonstration's sheet."""
    row = session.get_one(Account, account)
    row.totp_sealed, row.totp_waiting, row.totp_step = keys.seal(secret, bound_to(row)), None, None
    session.flush()
    note(session, keys, at, "second_factor_added", account)


def renew_recovery(session: Session, account: int) -> list[str]:
    """Make recovery codes anew; those before stop working."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account))
    codes = [
        "".join(secrets.choice(CROCKFORD) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    session.add_all(RecoveryCode(account_id=account, hash=token_hash(code)) for code in codes)
    session.flush()
    return ["-".join(_pieces(code)) for code in codes]


def matching_step(secret: str, code: str, at: datetime) -> int | None:
    """Return the step that a code belongs to, of this one and its neighbours."""
    typed = code.strip().replace(" ", "")
    now = int(at.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    for step in range(now - DRIFT, now + DRIFT + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), typed):
            return step
    return None


def _one(session: Session, statement: sa.Update | sa.Delete) -> bool:
    return bool(session.execute(statement).rowcount == 1)  # type: ignore[attr-defined]


def _pieces(code: str) -> Iterable[str]:
    return (code[at : at + 4] for at in range(0, len(code), 4))


def _read(code: str) -> str:
    return (
        code.strip()
        .upper()
        .replace("-", "")
        .replace(" ", "")
        .translate(str.maketrans("ILO", "110"))
    )
