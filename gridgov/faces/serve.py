"""One request: a transaction, the instant, what is known; a token's use is noted at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.app import installation
from gridgov.cases.known import Known, known
from gridgov.database import transaction
from gridgov.faces.auth import note_use, now


@dataclass(frozen=True)
class Serving:
    """What a face hands on to a verb."""

    session: Session
    at: datetime
    known: Known


@contextmanager
def serving(*, write: bool = True) -> Iterator[Serving]:
    """Open the transaction of one request."""
    at = now()
    with transaction(write=write) as session:
        yield Serving(session, at, known(session, installation().settings))
        if write:
            note_use(session, at)
    if not write and "note_token" in session.info:
        with transaction() as noting:
            noting.info.update(session.info)
            note_use(noting, at)
