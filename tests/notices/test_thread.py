"""A step's notice goes out by a webhook, and is marked, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from gridgov.database import transaction
from gridgov.notices.tables import SENT, Notice
from tests.notices.conftest import Desk


def test_a_step_is_told_and_marked(desk: Desk) -> None:
    number = desk.case()
    desk.channel("handler")
    desk.channel("head")
    for step in ("file", "dispatch"):
        given = {"category": "01001"} if step == "file" else {"unit": "property"}
        assert desk.town.step(number, "dispatcher", step, **given).status_code == 200

    desk.deliver(datetime.now(UTC))
    with transaction(desk.engine, write=False) as session:
        due = session.scalars(sa.select(sa.func.max(Notice.due_at))).one()
    desk.deliver(due)  # the office may be closed while this test runs

    assert desk.states() == [SENT, SENT]
    assert len({one.key for one in desk.target.taken}) == 2
    assert all(number in title for title in desk.target.titles)
    assert desk.deliver(due + timedelta(days=1)).sent == 0
    assert len(desk.target.taken) == 2
