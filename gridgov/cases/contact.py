"""A reporter's name and contact: sealed, and masked wherever they are shown."""

from __future__ import annotations

import json
from typing import NamedTuple

from gridgov.cases.tables import Reporter
from gridgov.keys import Keys


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


def seal(contact: Contact, keys: Keys, number: str) -> Reporter:
    """Return the sealed row of a case's reporter, still without its case."""
    text = json.dumps(contact._asdict(), ensure_ascii=False)
    return Reporter(
        sealed=keys.seal(text, number), key_id=keys.contact_key_id, masked=contact.masked
    )


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
