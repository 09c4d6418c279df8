"""A new version of the map: open cases move to it, ended ones keep the cell of their time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import shapely
import sqlalchemy as sa

from gridgov.app import installation
from gridgov.cases.adopt_map import HandedOver, adopt
from gridgov.cases.known import known
from gridgov.cases.tables import Case
from gridgov.database import transaction
from gridgov.epochs import bump
from gridgov.notices.tables import Notice
from gridgov.park.tables import Cell, MapVersion
from tests.support.town import G1, G2, IN_G1, IN_G2, Town, square

NOW = datetime.now(UTC)


def new_version(town: Town, begins: date, grids: tuple[str, ...]) -> list[HandedOver]:
    """Import the same four cells with other grids; the park is shifted by nothing."""
    with town.app.app_context(), transaction() as session:
        whole = shapely.MultiPolygon([shapely.union_all([square(n, 0) for n in range(4)])])
        version = MapVersion(
            park_code="park",
            active_from=begins,
            imported_at=NOW,
            source="test",
            boundary=f"SRID=4490;{whole.wkt}",
        )
        session.add(version)
        session.flush()
        for column, grid in enumerate(grids):
            session.add(
                Cell(
                    version_id=version.id,
                    code=f"330203008002{column + 1:03d}",
                    grid_code=grid,
                    area_m2=1e4,
                    perimeter_m=400.0,
                    begins=begins,
                    shape=f"SRID=4490;{shapely.to_wkt(square(column, 0), rounding_precision=-1)}",
                )
            )
        session.flush()
        bump(session, "map")
        return adopt(session, NOW, known(session, installation().settings))


def test_open_cases_move_and_those_of_another_grid_are_handed_over(town: Town) -> None:
    moved, stays = town.report(at=IN_G1)["number"], town.report(at=IN_G2)["number"]
    ended = town.report(at=IN_G1)["number"]
    town.step(ended, "leader", "settle", result="done")
    handed = new_version(town, date(2021, 1, 1), (G2, G2, G2, G2))
    assert handed == [HandedOver(moved, G1, G2)]

    after = town.read(moved, "leader2")
    assert (after["grid"]["code"], after["cell"]["code"]) == (G2, "330203008002001")
    assert after["version"] == 2
    assert town.get(f"/cases/{moved}", "leader").status_code == 404
    last = town.get(f"/cases/{moved}/timeline", "leader2").json["events"][-1]
    assert (last["step"], last["data"]) == ("hand_over", {"grid": G2, "before": G1})
    with town.app.app_context(), transaction(write=False) as session:
        told = sa.select(Notice.to_code).where(Notice.template == "hand_over")
        assert session.scalars(told).all() == ["leader2"]

    same = town.read(stays, "leader2")
    assert (same["cell"]["code"], same["version"]) == ("330203008002003", 1)
    assert town.read(ended, "leader")["cell"]["code"] == "330203008001001"


def test_a_version_of_the_future_waits_for_its_day(town: Town) -> None:
    number = town.report(at=IN_G1)["number"]
    ahead = (NOW + timedelta(days=40)).date()
    assert new_version(town, ahead, (G2, G2, G2, G2)) == []
    assert town.read(number, "leader")["grid"]["code"] == G1
    with town.app.app_context(), transaction() as session:
        later = NOW + timedelta(days=41)
        known_then = known(session, installation().settings)
        assert [one.number for one in adopt(session, later, known_then)] == [number]
    with town.app.app_context(), transaction() as session:
        assert adopt(session, later, known(session, installation().settings)) == []
        assert session.scalar(sa.select(Case.grid_code)) == G2


def test_an_ended_case_that_is_reopened_goes_by_the_map_of_today(town: Town) -> None:
    taken = town.report(at=IN_G1)
    town.step(taken["number"], "leader", "settle", result="done")
    new_version(town, date(2021, 1, 1), (G2, G2, G2, G2))
    answer = town.by_code(taken, "reopen", reason="not done")
    assert answer.json["grid"]["code"] == G2, answer.json
