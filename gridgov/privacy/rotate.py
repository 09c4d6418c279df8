"""Seals everything again with the current contact key, while the server runs.

Each row is compared and set by itself: whoever reads it meets the old seal or the new one, and
either opens as long as the old key is among `contact_keys_before`. Two rotations at once do the
same work twice at worst. Stopped anywhere, the next one goes on with what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.audit.journal import journal
from gridgov.cases.contact import sealed, unseal
from gridgov.cases.tables import Case, Reporter
from gridgov.database import Model, transaction
from gridgov.keys import Keys
from gridgov.notices import channels, webhooks
from gridgov.notices.tables import Channel, Webhook
from gridgov.people import endpoints, firms, second_factor
from gridgov.people.tables import Account, FirmContact, UnitEndpoint
from gridgov.privacy.erase import JOURNAL
from gridgov.settings import Settings

BATCH = 200
Progress = Callable[[str, int, int], None]  # what, how many are done, of how many


@dataclass(frozen=True)
class Sealed:
    """A sealed column, and what a seal of it is bound to."""

    model: type[Model]
    column: str
    bound_to: Callable[[Any], str]


# Besides the contacts, which name their key and have hashes beside.
OTHERS: dict[str, Sealed] = {
    "channels.sealed": Sealed(Channel, "sealed", channels.bound_to),
    "webhooks.sealed": Sealed(Webhook, "sealed", lambda row: webhooks.bound_to(row.url)),
    "unit_endpoints.sealed": Sealed(UnitEndpoint, "sealed", endpoints.bound_to),
    "firm_contacts.sealed": Sealed(FirmContact, "sealed", firms.bound_to),
    "accounts.totp_sealed": Sealed(Account, "totp_sealed", second_factor.bound_to),
    "accounts.totp_waiting": Sealed(Account, "totp_waiting", second_factor.bound_to),
}


def status(session: Session, keys: Keys) -> dict[str, int]:
    """Count the contacts by the key that sealed them; the current one is always named."""
    query = sa.select(Reporter.key_id, sa.func.count()).group_by(Reporter.key_id)
    return {keys.contact_key_id: 0} | dict(iter(session.execute(query)))


def rotate(
    engine: Engine | Connection,
    settings: Settings,
    *,
    batch: int = BATCH,
    progress: Progress = lambda what, done, total: None,
) -> dict[str, int]:
    """Seal again what the current key has not sealed; returns how many by table.

    Raises Unreadable where a key is missing; what came before stays done.
    """
    # Contacts last: `status` counts them, and none left under the old key means nothing is.
    changed = {
        name: _others(engine, settings.keys, name, one, batch, progress)
        for name, one in OTHERS.items()
    }
    changed["reporters.sealed"] = _reporters(engine, settings, batch, progress)
    return changed


def note(session: Session, keys: Keys, at: datetime, changed: dict[str, int]) -> None:
    """Note in the journal that all was sealed again, and with which key."""
    data = {"key": keys.contact_key_id, "sealed": changed}
    journal(session, keys, at, "keys_rotated", journal=JOURNAL, data=data)


def _outdated(keys: Keys) -> sa.ColumnElement[bool]:
    # A contact from before there were hashes has none: it gets them in passing.
    without = [
        sa.and_(Reporter.masked[name].as_string().is_not(None), column.is_(None))
        for name, column in (("phone", Reporter.phone_hash), ("email", Reporter.email_hash))
    ]
    return sa.or_(Reporter.key_id != keys.contact_key_id, *without)


def _reporters(
    engine: Engine | Connection, settings: Settings, batch: int, progress: Progress
) -> int:
    keys, last, done = settings.keys, 0, 0
    with transaction(engine, write=False) as session:
        count = sa.select(sa.func.count()).select_from(Reporter).where(_outdated(keys))
        total = session.scalar(count) or 0
    while True:
        with transaction(engine) as session:
            query = (
                sa.select(Reporter, Case.number)
                .join(Case, Case.id == Reporter.case_id)
                .where(Reporter.case_id > last, _outdated(keys))
                .order_by(Reporter.case_id)
                .limit(batch)
            )
            rows = session.execute(query).all()
            for row, number in rows:
                made = sealed(unseal(row, keys, number), keys, number, settings.phone_country)
                done += _set(session, Reporter, row, made)
        if not rows:
            return done
        last = rows[-1][0].case_id
        progress("reporters.sealed", done, max(total, done))


def _others(
    engine: Engine | Connection, keys: Keys, name: str, one: Sealed, batch: int, progress: Progress
) -> int:
    key: Any = sa.inspect(one.model).primary_key[0]
    last, done = 0, 0
    while True:
        with transaction(engine) as session:
            there = getattr(one.model, one.column).is_not(None)
            query = sa.select(one.model).where(key > last, there).order_by(key).limit(batch)
            rows = session.scalars(query).all()
            for row in rows:
                text, current = keys.unsealed(getattr(row, one.column), one.bound_to(row))
                if not current:
                    made: dict[str, Any] = {one.column: keys.seal(text, one.bound_to(row))}
                    if hasattr(one.model, "key_id"):
                        made["key_id"] = keys.contact_key_id
                    done += _set(session, one.model, row, made, one.column)
        if not rows:
            return done
        last = getattr(rows[-1], key.key)
        progress(name, done, done)


def _set(
    session: Session, model: Any, row: Any, values: dict[str, Any], column: str = "sealed"
) -> int:
    """Replace one seal if it is still the one that was read."""
    same = [key == getattr(row, key.key) for key in sa.inspect(model).primary_key]
    as_read = getattr(model, column) == getattr(row, column)
    update = sa.update(model).where(*same, as_read).values(**values)
    options = {"synchronize_session": False}
    return int(session.execute(update, execution_options=options).rowcount)  # type: ignore[attr-defined]
