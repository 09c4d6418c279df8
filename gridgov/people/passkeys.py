"""Passkeys (WebAuthn, by the library of that name): a key on a device, unlocked by its owner.

The device asks for a finger, a face or its code each time, so that a passkey is two factors in one
and signs in by itself. What it must sign is drawn here, good once and for five minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import webauthn
from sqlalchemy.orm import Session
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gridgov.errors import BadInput, NotFound, NotSignedIn
from gridgov.keys import Keys, token_hash
from gridgov.people.noted import note
from gridgov.people.tables import Account, Challenge, Passkey

GOOD_FOR = timedelta(minutes=5)
MOST = 10
ALWAYS = UserVerificationRequirement.REQUIRED


class PasskeyWrong(NotSignedIn):
    """This passkey did not sign as it should; begin again."""


class TooManyPasskeys(BadInput):
    """You have %(most)s passkeys already; remove one first."""


@dataclass(frozen=True)
class Site:
    """Where a passkey belongs: its host and origin, and what people call it."""

    host: str
    origin: str
    name: str


def prepare(session: Session, account: int, site: Site, at: datetime) -> dict[str, Any]:
    """Return what the browser makes a passkey from."""
    own = passkeys_of(session, account)
    if len(own) >= MOST:
        raise TooManyPasskeys(most=MOST)
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_name=session.get_one(Account, account).login,
        user_id=str(account).encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=ALWAYS
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(one.credential))
            for one in own
        ],
    )
    _draw(session, options.challenge, account, at)
    return dict(json.loads(webauthn.options_to_json(options)))


def add(
    session: Session,
    keys: Keys,
    account: int,
    credential: Mapping[str, Any],
    label: str,
    site: Site,
    at: datetime,
) -> Passkey:
    """Add the passkey that the browser made; raises PasskeyWrong."""
    challenge = _taken(session, credential, account, at)
    try:
        made = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyWrong from error
    passkey = Passkey(
        account_id=account,
        credential=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        uses=made.sign_count,
        label=label,
        created_at=at,
    )
    session.add(passkey)
    session.flush()
    note(session, keys, at, "passkey_added", account, passkey=passkey.id)
    return passkey


def begin_sign_in(session: Session, site: Site, at: datetime) -> dict[str, Any]:
    """Return what any passkey of this site may sign in with."""
    options = webauthn.generate_authentication_options(rp_id=site.host, user_verification=ALWAYS)
    _draw(session, options.challenge, None, at)
    return dict(json.loads(webauthn.options_to_json(options)))


def recognised(session: Session, credential: Mapping[str, Any], site: Site, at: datetime) -> int:
    """Return the account that a passkey signs in; raises PasskeyWrong."""
    challenge = _taken(session, credential, None, at)
    mine = (
        sa.select(Passkey)
        .join(Account, Account.id == Passkey.account_id)
        .where(Passkey.credential == str(credential.get("id")), Account.active)
    )
    passkey = session.scalars(mine).one_or_none()
    if passkey is None:
        raise PasskeyWrong
    try:
        signed = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.uses,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise PasskeyWrong from error
    passkey.uses = signed.new_sign_count
    session.flush()
    return passkey.account_id


def passkeys_of(session: Session, account: int) -> list[Passkey]:
    """Return an account's passkeys."""
    own = sa.select(Passkey).where(Passkey.account_id == account)
    return list(session.scalars(own.order_by(Passkey.id)))


def remove(session: Session, keys: Keys, account: int, key: int, at: datetime) -> None:
    """Remove one of an account's passkeys; raises NotFound."""
    mine = sa.delete(Passkey).where(Passkey.id == key, Passkey.account_id == account)
    if session.execute(mine).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(field="key")
    note(session, keys, at, "passkey_removed", account, passkey=key)


def _draw(session: Session, challenge: bytes, account: int | None, at: datetime) -> None:
    session.execute(sa.delete(Challenge).where(Challenge.expires_at <= at))
    name = token_hash(bytes_to_base64url(challenge))
    session.add(Challenge(hash=name, account_id=account, expires_at=at + GOOD_FOR))
    session.flush()


def _taken(
    session: Session, credential: Mapping[str, Any], account: int | None, at: datetime
) -> bytes:
    """Return the challenge that was signed, and use it up; raises PasskeyWrong."""
    try:
        said = credential["response"]["clientDataJSON"]
        challenge = str(json.loads(webauthn.base64url_to_bytes(said))["challenge"])
        raw = webauthn.base64url_to_bytes(challenge)
    except (KeyError, TypeError, ValueError) as error:
        raise PasskeyWrong from error
    drawn = sa.delete(Challenge).where(
        Challenge.hash == token_hash(bytes_to_base64url(raw)),
        Challenge.expires_at > at,
        Challenge.account_id == account,
    )
    if session.execute(drawn).rowcount != 1:  # type: ignore[attr-defined]
        raise PasskeyWrong
    return raw
