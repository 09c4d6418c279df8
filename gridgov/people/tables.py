"""The rows of units, people, their duties, and of what they sign in with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import Json, LonLat, Model, PointType, UtcDateTime


class Unit(Model):
    """A unit (承办单位): who is given work; a tree."""

    __tablename__ = "units"

    code: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(20))
    parent_code: Mapped[str | None] = mapped_column(sa.ForeignKey("units.code"))
    # Codes of areas or grids, and beginnings of category codes; empty means all.
    areas: Mapped[list[Any]] = mapped_column(Json)
    categories: Mapped[list[Any]] = mapped_column(Json)
    fallback: Mapped[bool]
    active: Mapped[bool]
    # What of the alliance it is: along the line of a department, or across a place (条 / 块).
    line: Mapped[str | None] = mapped_column(sa.String(10))
    # Its fields of service, each in the words that cases say them with.
    offers: Mapped[list[Any]] = mapped_column(Json, default=list, server_default="[]")
    languages: Mapped[list[Any]] = mapped_column(Json, default=list, server_default="[]")
    hours: Mapped[str | None] = mapped_column(sa.String(100))  # as it says them


class UnitEndpoint(Model):
    """Where a unit that is another body takes its cases: an endpoint of Open311."""

    __tablename__ = "unit_endpoints"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"), unique=True)
    url: Mapped[str] = mapped_column(sa.String(300))
    jurisdiction: Mapped[str | None] = mapped_column(sa.String(64))
    sealed: Mapped[bytes | None]  # the key that it gave us
    # Their service_code by our category; "*" is for all others, none: they know our codes.
    services: Mapped[dict[str, Any]] = mapped_column(Json)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime())


class Person(Model):
    """Somebody who may hold duties."""

    __tablename__ = "people"

    code: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    unit_code: Mapped[str | None] = mapped_column(sa.ForeignKey("units.code"))


class Duty(Model):
    """Who holds which role where, from when to when (任职); ended and begun, never overwritten."""

    __tablename__ = "duties"
    __table_args__ = (sa.UniqueConstraint("person_code", "role", "place", "begins"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_code: Mapped[str] = mapped_column(sa.ForeignKey("people.code"))
    role: Mapped[str] = mapped_column(sa.String(20))
    # The code of a grid, unit or area, as the role has it; empty for the system's roles.
    place: Mapped[str] = mapped_column(sa.String(32))
    deputy: Mapped[bool]
    begins: Mapped[datetime] = mapped_column(UtcDateTime())
    ends: Mapped[datetime | None] = mapped_column(UtcDateTime())
    # Who began and ended it, and when they said so; nobody where a file or a command did.
    granted_by: Mapped[str | None] = mapped_column(sa.String(32))
    granted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    ended_by: Mapped[str | None] = mapped_column(sa.String(32))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())  # its open cases, over


class Shift(Model):
    """A line of the duty roster (值班表): who of a unit is to be called, and at which hours."""

    __tablename__ = "shifts"
    __table_args__ = (sa.UniqueConstraint("unit_code", "person_code", "days", "starts"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"))
    person_code: Mapped[str] = mapped_column(sa.ForeignKey("people.code"))
    days: Mapped[str] = mapped_column(sa.String(7))  # ISO weekdays: "12345"
    starts: Mapped[str] = mapped_column(sa.String(5))  # local time, "08:00"
    stops: Mapped[str] = mapped_column(sa.String(5))  # "08:00" again: until the next day


class Firm(Model):
    """An enterprise of the directory (企业)."""

    __tablename__ = "firms"

    code: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    credit_code: Mapped[str | None] = mapped_column(sa.String(18), unique=True)
    address: Mapped[str | None] = mapped_column(sa.String(300))
    point: Mapped[LonLat | None] = mapped_column(PointType())
    cell_code: Mapped[str | None] = mapped_column(sa.String(15), index=True)
    branch: Mapped[str | None] = mapped_column(sa.String(40))  # of business (行业)
    kind: Mapped[str | None] = mapped_column(sa.String(20))  # of `gridgov.people.firms`
    # One that has left stays for its cases and visits; its contacts do not.
    active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())


class FirmContact(Model):
    """Whom to reach at a firm, sealed and apart from the directory, as reporters are."""

    __tablename__ = "firm_contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    firm_code: Mapped[str] = mapped_column(sa.ForeignKey("firms.code"), index=True)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    key_id: Mapped[str] = mapped_column(sa.String(12))
    masked: Mapped[dict[str, Any]] = mapped_column(Json)
    own: Mapped[bool]  # whether the firm said it itself: files leave it alone then
    said_at: Mapped[datetime] = mapped_column(UtcDateTime())


class Account(Model):
    """What somebody, or a program, signs in with."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_code: Mapped[str | None] = mapped_column(sa.ForeignKey("people.code"))
    firm_code: Mapped[str | None] = mapped_column(sa.ForeignKey("firms.code"))  # reports for it
    active: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))  # Argon2id; none: no password
    # Given by somebody else: it opens nothing but the page on which it is changed.
    password_first: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    first_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    # Secrets of one-time codes, sealed: the one that counts, and one that waits for its first code.
    totp_sealed: Mapped[bytes | None]
    totp_waiting: Mapped[bytes | None]
    totp_step: Mapped[int | None] = mapped_column(sa.BigInteger)  # of the last code taken


class SignedIn(Model):
    """A session of somebody on pages; its cookie is stored as its hash. The row goes at its end."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"), index=True)
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    device: Mapped[str] = mapped_column(sa.String(60))  # "Chrome, Android", to tell one's own apart
    way: Mapped[str] = mapped_column(sa.String(10))  # password, passkey or provider
    remembered: Mapped[bool]
    proven: Mapped[bool]  # by a second factor, or a way that is one
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())
    # Of administrators only, whose sessions end when idle: nobody else's use is noted.
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class RecoveryCode(Model):
    """A code that stands in for a lost second factor, once; stored as its hash, gone when used."""

    __tablename__ = "recovery_codes"
    __table_args__ = (sa.UniqueConstraint("account_id", "hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    hash: Mapped[str] = mapped_column(sa.String(64))


class Passkey(Model):
    """A passkey's public half (WebAuthn)."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"), index=True)
    credential: Mapped[str] = mapped_column(sa.String(1400), unique=True)  # base64url
    public_key: Mapped[bytes]
    uses: Mapped[int] = mapped_column(sa.BigInteger)  # as the authenticator counts them
    label: Mapped[str] = mapped_column(sa.String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())


class Challenge(Model):
    """What a passkey must sign, good once; stored as its hash."""

    __tablename__ = "challenges"

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())


class Identity(Model):
    """Who an account is at an identity provider (OpenID Connect), linked beforehand."""

    __tablename__ = "identities"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"), index=True)
    issuer: Mapped[str] = mapped_column(sa.String(300))
    subject: Mapped[str] = mapped_column(sa.String(255))
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime())


class Token(Model):
    """A bearer token, stored as its hash."""

    __tablename__ = "tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"), index=True)
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    label: Mapped[str] = mapped_column(sa.String(100))
    scopes: Mapped[list[Any]] = mapped_column(Json)  # of gridgov.people.tokens
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class SavedFilter(Model):
    """What somebody looks through again and again, by a name of theirs; it follows the account."""

    __tablename__ = "saved_filters"
    __table_args__ = (sa.UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(sa.String(40))
    query: Mapped[str] = mapped_column(sa.String(600))  # as it stands in the address
