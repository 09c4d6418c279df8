"""How somebody can be reached: `sms:` and `voice:` numbers, and the addresses of Apprise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import apprise
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput, Conflict, NotFound
from gridgov.keys import Keys
from gridgov.notices.rules import PHONES
from gridgov.notices.tables import Channel
from gridgov.people.tables import Person

NUMBER = re.compile(r"\+?\d{5,20}")
# These show something on this very machine, and reach nobody.
LOCAL = frozenset(
    {"blink1", "dbus", "exec", "file", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog",
     "windows"}
)  # fmt: skip


class AddressWrong(BadInput):
    """Give sms: or voice: with a telephone number, or an address that Apprise knows."""


class PersonUnknown(NotFound):
    """There is no person with the code %(code)s."""


class ChannelThere(Conflict):
    """This person has this channel already."""


class NoSuchChannel(NotFound):
    """There is no channel with this id; `gridgov notices channel list` shows them."""


def plain(address: str) -> str:
    """Return an address without the blanks and dashes that people put into telephone numbers."""
    kind, _, rest = address.strip().partition(":")
    return f"{kind}:{re.sub(r'[^+0-9a-zA-Z]', '', rest)}" if kind in PHONES else address.strip()


def kind_and_label(address: str) -> tuple[str, str]:
    """Return what kind of channel an address is, and how it is shown. Raises AddressWrong."""
    kind, _, number = address.partition(":")
    if kind in PHONES:
        if not NUMBER.fullmatch(number):
            raise AddressWrong(field="address")
        return kind, f"{kind}:{number[:3]}****{number[-2:]}"
    plugin: Any = None if kind in LOCAL else apprise.Apprise.instantiate(address)
    if plugin is None:
        raise AddressWrong(field="address")
    return kind[:20], str(plugin.url(privacy=True)).partition("?")[0][:200]


def add_channel(session: Session, keys: Keys, person: str, address: str, at: datetime) -> Channel:
    """Add a channel. Raises AddressWrong, PersonUnknown, ChannelThere."""
    address = plain(address)
    kind, label = kind_and_label(address)
    if session.get(Person, person) is None:
        raise PersonUnknown(code=person)
    digest = keys.body_digest(address.encode())
    there = sa.select(Channel.id).where(Channel.person_code == person, Channel.digest == digest)
    if session.scalar(there) is not None:
        raise ChannelThere
    channel = Channel(
        person_code=person,
        kind=kind,
        label=label,
        sealed=keys.seal(address, bound_to(person)),
        digest=digest,
        added_at=at,
    )
    session.add(channel)
    session.flush()
    return channel


def list_channels(session: Session, person: str | None = None) -> Sequence[Channel]:
    """Return the channels of a person, or of all."""
    query = sa.select(Channel).order_by(Channel.person_code, Channel.id)
    if person:
        query = query.where(Channel.person_code == person)
    return session.scalars(query).all()


def remove_channel(session: Session, key: int) -> None:
    """Remove a channel; what still waits for it is given up. Raises NoSuchChannel."""
    channel = session.get(Channel, key)
    if channel is None:
        raise NoSuchChannel
    session.delete(channel)
    session.flush()


def address_of(session: Session, keys: Keys, person: str, key: int) -> tuple[str, str] | None:
    """Return kind and address of a person's channel, or None where it was removed."""
    channel = session.get(Channel, key)
    # An id may be used again after a removal: then it is not this person's.
    if channel is None or channel.person_code != person:
        return None
    return channel.kind, keys.unseal(channel.sealed, bound_to(person))


def bound_to(person: str) -> str:
    """Return what a channel's address is sealed with beside the key."""
    return f"channel of {person}"
