"""Makes the demonstration park once: whole, in one transaction, or not at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov import schema
from gridgov.cases.tables import Case
from gridgov.database import transaction
from gridgov.demo.names import PARK, RESIDENT
from gridgov.epochs import bump
from gridgov.errors import Conflict
from gridgov.park.tables import Area, Park
from gridgov.people.tables import Account, Unit
from gridgov.settings import Settings
from gridgov.storage.store import Store

SEED, COUNT = 390, 300


class DatabaseInUse(Conflict):
    """This database holds something else already; give the demonstration an empty one."""


def make(
    engine: Engine,
    settings: Settings,
    store: Store,
    config: Path,
    start: datetime,
    progress: Any = None,
    *,
    seed: int = SEED,
    count: int = COUNT,
) -> bool:
    """Make the park as of `start`, unless it is there; returns whether it was made.

    Raises DatabaseInUse.
    """
    if not schema.is_current(engine):
        schema.upgrade(engine)
    with transaction(engine, write=False) as session:
        if _stands(session):
            return False
    with transaction(engine, bulk=True) as session:
        # Of two first starts at once, the second waits here until the first has ended.
        bump(session, "people")
        if _stands(session):
            return False
        _tell(session, settings, store, config, start, progress, seed, count)
    return True


def _tell(
    session: Session, settings: Settings, store: Store, config: Path, start: datetime,
    progress: Any, seed: int, count: int,
) -> None:  # fmt: skip
    # A second start needs none of this, and should not wait for it.
    from gridgov.demo.alliance import doings
    from gridgov.demo.ground import lay
    from gridgov.demo.plan import plan
    from gridgov.demo.play import Play
    from gridgov.demo.visits import visits

    ground = lay(session, settings, config, start)
    told = doings(ground.known.calendar(None), start)
    Play(session, ground, store).all(plan(ground, start, seed, count), told, progress)
    visits(session, ground, start, seed)


def _stands(session: Session) -> bool:
    """Tell whether the demonstration is there; raises DatabaseInUse where something else is."""
    resident = sa.select(Account.id).where(Account.login == RESIDENT, Account.person_code.is_(None))
    if session.get(Park, PARK) and session.scalar(resident):
        return True
    for table in (Park, Area, Unit, Account, Case):
        if session.execute(sa.select(table).limit(1)).first() is not None:
            raise DatabaseInUse
    return False
