"""A caller is told of all whom they may call and all whom they reached, however few are listed."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from gridgov.callbacks.done import done
from gridgov.database import transaction
from gridgov.people.actors import Actor
from gridgov.people.tables import Account
from tests.callbacks.conftest import Line

ANSWERS = {"contacted": True, "solved": True, "satisfaction": "satisfied"}


def test_how_many_there_are_is_told_beside_a_short_list(line: Line) -> None:
    for _ in range(3):
        line.closed()
    line.keep()
    answer = line.town.get("/callbacks?limit=2", "caller").json
    assert (len(answer["callbacks"]), answer["count"]) == (2, 3)
    # As with the list, nobody is counted who is another's now, or not the caller's to call.
    line.hire("gis")
    line.call(answer["callbacks"][0]["id"], "gis")
    assert line.town.get("/callbacks?limit=1", "caller").json["count"] == 2


def test_all_who_were_reached_are_counted(line: Line) -> None:
    for _ in range(3):
        line.took(line.closed()["number"], "caller", "evaluate", **ANSWERS)
    with line.town.app.app_context(), transaction(write=False) as session:
        account = session.scalar(sa.select(Account.id).where(Account.login == "caller"))
        actor = Actor(account=account, person="caller")
        since = line.at - timedelta(hours=1)
        for most in (1, 3, 5):
            made = done(session, actor, since, most)
            assert (made.number, len(made.reached)) == (3, min(most, 3))
        assert done(session, actor, line.at + timedelta(hours=1)).number == 0
