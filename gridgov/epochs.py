"""One row of stamps: a change of the map, taxonomy, people, ladder or calendar draws a new one.

What a process keeps in memory is kept under the stamp it was read at. One SELECT at the start of
a request therefore tells whether all of it is still true, in every process; and since a stamp is
random, a transaction that is rolled back leaves nothing stale behind.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from threading import Lock
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from gridgov.database import Model
from gridgov.statements import Ready

Kept = TypeVar("Kept")
KEEP = 8


class Epochs(Model):
    """The stamps; exactly one row."""

    __tablename__ = "epochs"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    map: Mapped[int] = mapped_column(sa.BigInteger)
    taxonomy: Mapped[int] = mapped_column(sa.BigInteger)
    people: Mapped[int] = mapped_column(sa.BigInteger)
    ladder: Mapped[int] = mapped_column(sa.BigInteger)
    calendar: Mapped[int] = mapped_column(sa.BigInteger)


_NAMES = Epochs.__table__.columns.keys()
_STAMPS = Ready(lambda dialect: sa.select(Epochs.__table__))


def stamp() -> int:
    """Draw a stamp."""
    return secrets.randbits(62)


def bump(session: Session, *names: str) -> None:
    """Say in this transaction that something changed."""
    session.execute(sa.update(Epochs).values({name: stamp() for name in names}))
    session.info.pop("epochs", None)


def stamps(session: Session) -> Epochs:
    """Return the stamps, read once per transaction."""
    found: Any = session.info.get("epochs")
    if found is None:
        (row,) = _STAMPS.rows(session.connection(), {})
        found = session.info["epochs"] = SimpleNamespace(**dict(zip(_NAMES, row, strict=True)))
    return found  # type: ignore[no-any-return]


class Snapshot(Generic[Kept]):
    """Something read from the database and kept in memory as long as its stamp stands."""

    def __init__(self, name: str, read: Callable[[Session], Kept]) -> None:
        self._name = name
        self._read = read
        self._kept: dict[int, Kept] = {}
        self._lock = Lock()

    def __call__(self, session: Session) -> Kept:
        """Return it, read anew where its stamp has changed."""
        found: Any = getattr(stamps(session), self._name)
        kept = self._kept.get(found)
        if kept is None:
            kept = self._read(session)
            with self._lock:
                self._kept[found] = kept
                while len(self._kept) > KEEP:
                    del self._kept[next(iter(self._kept))]
        return kept
