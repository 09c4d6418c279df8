"""The real history: 5,552 requests of Boston, by the mapping that the README explains."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geo.measure import area_m2
from gridgov.cases.tables import Case, Event
from gridgov.database import transaction
from gridgov.notices.tables import Notice
from gridgov.park.index import maps
from tests.replay.cities import BOSTON, DATA, NOW, run

FILE = DATA / "boston-311-3.9km2.csv"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason=f"{FILE} is not there"),
]


def test_all_of_boston(fresh_engine: Engine) -> None:
    report, refused = run(fresh_engine, (FILE, BOSTON))
    assert report.rows == 5552 == report.cases + report.refused
    assert [(one.line, one.reason) for one in refused] == [(1669, "closed_before_opened")]
    assert (report.located, report.outside, report.unplaced) == (5551, 0, 0)
    assert sum(report.areas.values()) == 5551
    assert (len(report.areas), report.in_no_area, report.in_several) == (9, 0, 0)
    assert (report.labelled, report.agree) == (4189, 3674)
    assert report.statuses == {"closed": 4066, "handling": 1485}

    with transaction(fresh_engine, write=False) as session:
        by_step = sa.select(Event.step, sa.func.count()).group_by(Event.step)
        counts = {step: count for step, count in session.execute(by_step)}  # noqa: C416
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
        assert session.scalar(sa.select(sa.func.max(Case.closed_at))) <= NOW
        index = maps(session)
        version = index.at(NOW.date()).versions[0]
        before = index.versions("boston")[0].active_from
    assert counts["report"] == counts["file"] == counts["accept"] == 5551
    assert counts["submit"] == counts["pass"] == 4066
    assert before.isoformat() == "2013-01-02"
    # The square of the data's own description, with its margin.
    assert 3.9e6 < area_m2(version.boundary) < 4.3e6
    assert 380 <= len(version.cells) <= 440

    began = time.perf_counter()
    again, _ = run(fresh_engine, (FILE, BOSTON))
    assert time.perf_counter() - began < 10
    assert again.plain() | {"seconds": 0} == report.plain() | {"seconds": 0}
