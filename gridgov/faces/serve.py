"""One request: a transaction, the instant, who asks, what is known; a token's use is noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.app import installation
from gridgov.cases.known import Known, known
from gridgov.database import transaction
from gridgov.faces import gate, limits
from gridgov.faces.auth import for_case, maybe_signed_in, note_use, now, unnoted
from gridgov.people.actors import ANYONE, Actor


@dataclass(frozen=True)
class Serving:
    """What a face hands on to a verb."""

    session: Session
    at: datetime
    known: Known
    actor: Actor = ANYONE


@contextmanager
def serving(
    *, write: bool = True, number: str | None = None, code: str | None = None
) -> Iterator[Serving]:
    """Open the transaction of one request by somebody whom its line of the access table lets in.

    `number` is the case that is asked for, whose reporter may show its code: in the header, or
    given here. Raises NotSignedIn, NotAllowed or NotFound, as the table says.
    """
    at = now()
    with transaction(write=write) as session:
        if number is None:
            actor = maybe_signed_in(session, at)
        else:
            with limits.guesses(number, code):
                actor = for_case(session, number, at, code)
        gate.hold(actor)
        yield Serving(session, at, known(session, installation().settings), actor)
        if write:
            note_use(session, at)
    if not write and unnoted(session):
        with transaction() as noting:
            noting.info.update(session.info)
            note_use(noting, at)


@contextmanager
def opened(*, write: bool = True) -> Iterator[Serving]:
    """Open a transaction for the command line, where no request says who asks."""
    with transaction(write=write) as session:
        yield Serving(session, now(), known(session, installation().settings))
