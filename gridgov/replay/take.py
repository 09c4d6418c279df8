"""Takes a history through the verbs: batch by batch, each one transaction, in the order of time."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from gridgov.cases.known import known
from gridgov.database import transaction
from gridgov.replay.batch import Batch, Taking
from gridgov.replay.plan import batches, stream
from gridgov.replay.refusals import AnotherReplay

EVENTS_A_BATCH = 500
Progress = Callable[[int, int], None]


def take(engine: Engine, taking: Taking, progress: Progress | None = None) -> None:
    """Take all steps that are left; a run that was cut off goes on here.

    What somebody else does with a case meanwhile stands: it gets no further step. Raises
    AnotherReplay and CaseMovedOn.
    """
    groups = stream(taking.rows, taking.done, sorted(taking.late), taking.as_of)
    total, gone = sum(len(group.steps) for group in groups), 0
    for batch in batches(groups, EVENTS_A_BATCH):
        try:
            with transaction(engine, bulk=True) as session:
                Batch(session, taking, known(session, taking.settings)).take(batch)
        except IntegrityError as error:
            raise AnotherReplay from error
        gone += sum(len(group.steps) for group in batch)
        if progress:
            progress(gone, total)
