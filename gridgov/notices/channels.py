"""How somebody can be reached: `sms:` and `voice:` numbers, and the addresses of Apprise.

A channel is a person's, or an account's that is no person's: whoever holds it is named here as
messages name their recipient.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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

NUMBER = re.compile(r"\+?[0-9]{5,20}")  # of these digits alone: others would be cut out
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
    """This channel is there already."""


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
    """Add a person's channel. Raises AddressWrong, PersonUnknown, ChannelThere."""
    kind_and_label(plain(address))
    if session.get(Person, person) is None:
        raise PersonUnknown(code=person)
    return keep(session, keys, Channel(person_code=person), address, at)


def keep(session: Session, keys: Keys, channel: Channel, address: str, at: datetime) -> Channel:
    """Keep a new channel, of which no more is known than whose it is, under an address.

    Raises AddressWrong, ChannelThere.
    """
    address = plain(address)
    channel.kind, channel.label = kind_and_label(address)
    channel.digest = keys.body_digest(address.encode())
    if session.scalar(held(channel.holder).where(Channel.digest == channel.digest)) is not None:
        raise ChannelThere
    channel.sealed, channel.added_at = keys.seal(address, bound_to(channel)), at
    session.add(channel)
    session.flush()
    return channel


def held(holder: str) -> sa.Select[Channel]:
    """Return the query of whoever's channels."""
    kind, _, key = holder.rpartition(":")
    whose = Channel.account_id == int(key) if kind else Channel.person_code == holder
    return sa.select(Channel).where(whose).order_by(Channel.id)


def list_channels(session: Session, person: str | None = None) -> Sequence[Channel]:
    """Return the channels of a person, or of all people; those of accounts are their own affair."""
    query = sa.select(Channel).order_by(Channel.person_code, Channel.id)
    whose = Channel.person_code == person if person else Channel.person_code.is_not(None)
    return session.scalars(query.where(whose)).all()


def kinds(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """Return the kinds of channels that messages went by; other ways than channels are left out."""
    ids = {int(key) for key in keys if key.isdigit()}
    found = session.execute(sa.select(Channel.id, Channel.kind).where(Channel.id.in_(ids)))
    return {str(key): kind for key, kind in found}


def remove_channel(session: Session, key: int) -> None:
    """Remove a channel; what still waits for it is given up. Raises NoSuchChannel."""
    channel = session.get(Channel, key)
    if channel is None:
        raise NoSuchChannel
    session.delete(channel)
    session.flush()


def address_of(session: Session, keys: Keys, holder: str, key: int) -> tuple[str, str] | None:
    """Return kind and address of whoever's channel, or None where it was removed."""
    channel = session.get(Channel, key)
    # An id may be used again after a removal: then it is somebody else's.
    if channel is None or channel.holder != holder:
        return None
    return channel.kind, keys.unseal(channel.sealed, bound_to(channel))


def bound_to(channel: Channel) -> str:
    """Return what a channel's address is sealed with beside the key."""
    return f"channel of {channel.holder}"
