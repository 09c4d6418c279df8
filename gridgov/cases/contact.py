"""A reporter's name and contact: sealed, masked wherever they are shown, found by keyed hashes."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from gridgov.cases.tables import Reporter
from gridgov.keys import Keys

NATIONAL = 11  # the most digits of a number that names no country


class Contact(NamedTuple):
    """Who reported, as they said."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    notices: str | None = None  # "sms", where they chose to be told

    @property
    def masked(self) -> dict[str, str]:
        """What may be shown: 王**, 138****0000, a***@example.org."""
        shown = {"name": _name(self.name), "phone": _phone(self.phone), "email": _email(self.email)}
        shown["notices"] = self.notices if self.phone else None
        return {field: text for field, text in shown.items() if text}


class Findable(NamedTuple):
    """A telephone number and an address in the one form in which they are compared."""

    phone: str | None
    email: str | None


def seal(contact: Contact, keys: Keys, number: str, country: str) -> Reporter:
    """Return the sealed row of a case's reporter, still without its case.

    `country` is that of telephone numbers which name none: 86.
    """
    return Reporter(masked=contact.masked, **sealed(contact, keys, number, country))


def sealed(contact: Contact, keys: Keys, number: str, country: str) -> dict[str, Any]:
    """Return the columns of a reporter that depend on the key."""
    text = json.dumps(contact._asdict(), ensure_ascii=False)
    found = findable(contact, country)
    return {
        "sealed": keys.seal(text, number),
        "key_id": keys.contact_key_id,
        "phone_hash": keys.find_by(found.phone)[0] if found.phone else None,
        "email_hash": keys.find_by(found.email)[0] if found.email else None,
    }


def findable(contact: Contact, country: str) -> Findable:
    """Return what a contact is found by."""
    email = contact.email.strip().casefold() if contact.email else None
    return Findable(e164(contact.phone, country), email or None)


def e164(phone: str | None, country: str) -> str | None:
    """Return a telephone number as +86…, however somebody wrote it; None where it is none.

    Digits after a plus or two zeros name their country; others are of `country`, without the zero
    that is dialled before an area code.
    """
    digits = "".join(c for c in phone or "" if "0" <= c <= "9")
    if digits in ("", "00"):
        return None
    if (phone or "").strip().startswith("+"):
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    if digits.startswith(country) and len(digits) > NATIONAL:
        return f"+{digits}"
    return f"+{country}{digits.removeprefix('0')}"


def unseal(row: Reporter, keys: Keys, number: str) -> Contact:
    """Read a contact; raises Unreadable where the key is another."""
    return Contact(**json.loads(keys.unseal(row.sealed, number)))


def _name(name: str | None) -> str | None:
    return name[:1] + "**" if name else None


def _phone(phone: str | None) -> str | None:
    if not phone:
        return None
    digits = "".join(c for c in phone if c.isdigit())
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 9 else f"****{digits[-2:]}"


def _email(email: str | None) -> str | None:
    if not email:
        return None
    box, _, host = email.partition("@")
    return f"{box[:1]}***@{host}"
