"""The judge of the fault run sees what is wrong: a run that passes it means something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Event, EventText
from gridgov.escalation.sweep import claim, fire
from gridgov.ladder.tables import CANCELLED, PARKED, WAITING, RungRow
from tests.faults.verdict import judge
from tests.support.desk import trying
from tests.support.kept import unkept
from tests.support.town import Town

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
UNTIL = START + timedelta(days=30)


def change(name: str, clock: str = "case", **values: object) -> Callable[[Session], None]:
    def do(session: Session) -> None:
        which = sa.and_(RungRow.clock == clock, RungRow.name == name)
        session.execute(sa.update(RungRow).where(which).values(**values))

    return do


def lose(step: str) -> Callable[[Session], None]:
    def do(session: Session) -> None:
        unkept(session.connection())
        session.execute(sa.delete(EventText))
        session.execute(sa.delete(Event).where(Event.step == step))

    return do


def nothing(session: Session) -> None:
    """Leave all as it is."""


@pytest.mark.parametrize(
    ("wrong", "seen"),
    [
        (nothing, False),
        (change("red", state=CANCELLED), True),
        (change("red", state=WAITING), True),
        (change("near", clock="dispatch", run=2), True),
        (change("near", clock="dispatch", state=PARKED), True),
        (change("red", fired_at=START), True),
        (change("amber", clock="intake", fired_at=UNTIL), True),
        (change("red", at=START), True),
        (lose("warn_red"), True),
        (lose("file"), True),
    ],
)
def test_what_is_wrong_is_seen(
    still_town: Town, wrong: Callable[[Session], None], seen: bool
) -> None:
    with trying(still_town, START) as desk:
        case = desk.take()
        desk.at = START + timedelta(days=1)
        desk.act(case, "leader", "file")
        ids = claim(desk.session, UNTIL)
        assert fire(desk.session, ids, UNTIL, desk.known)
        desk.session.flush()
        wrong(desk.session)
        desk.session.expire_all()
        known = desk.known
        if seen:
            with pytest.raises(AssertionError):
                judge(desk.session, known, UNTIL)
        else:
            assert judge(desk.session, known, UNTIL)["fired"] == 8
