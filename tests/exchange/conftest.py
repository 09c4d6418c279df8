"""Two towns that differ in their database only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from gridgov.cases.tables import Case, Subject
from gridgov.database import LonLat, db, transaction
from tests.conftest import KINDS, Databases, town_on
from tests.support.databases import opened
from tests.support.town import G1, G2, SOUTH, STEP, STREET, WEST, Town

NOW = datetime.now(UTC).replace(microsecond=0)
# Of the town's four cells, each by its first: category, kind, how many cases.
PLAN = (
    ("01001", "component", 3),
    ("01002", "component", 2),
    ("02001", "matter", 6),
    ("11001", "resident", 4),
    ("21001", "enterprise", 3),
    ("41001", "party", 3),
)
TEXT = '=路灯不亮,"1+1"'


def fill(town: Town) -> None:
    """Add the same cases to a town, whatever its database: fewer from cell to cell."""
    rows = []
    for column in range(4):
        for category, kind, count in PLAN:
            for n in range(max(1, count - column)):
                key = len(rows) + 1
                rows.append(_row(key, column, category, kind, n))
    with town.app.app_context(), transaction() as session:
        account = session.scalar(sa.text("SELECT id FROM accounts WHERE login = 'resident'"))
        for row in rows:
            row["reporter_account_id"] = account if row["id"] % 7 == 0 else None
        session.execute(sa.insert(Case), rows)
        session.add(Subject(case_id=2, person_code="leader", unit_code=None))


def _row(key: int, column: int, category: str, kind: str, n: int) -> dict[str, object]:
    lon = WEST + STEP * (column + (key * 0.137) % 0.9 + 0.05)
    lat = SOUTH + STEP * ((key * 0.291) % 0.9 + 0.05)
    still = key % 3 == 0
    at = NOW - timedelta(days=key % 40, minutes=key)
    return {
        "id": key, "number": f"261122{key:05d}{key % 10}", "version": 1,
        "status": "handling" if still else "closed", "level": "grid", "round": 1, "kind": kind,
        "category_code": category, "urgency": "normal", "channel": "web",
        "description": f"{TEXT} {key}", "summary": f"概要 {key}" if key % 2 else None,
        "address": f"望春路 {key} 号", "point": LonLat(lon, lat), "raw_x": lon, "raw_y": lat,
        "coord_type": "wgs84", "map_version_id": 1, "cell_code": f"{STREET}001{column + 1:03d}",
        "grid_code": G1 if column < 2 else G2, "park_code": "park", "area_code": STREET,
        "flags": [], "confidential": key % 11 == 0, "anonymous": False, "to_sample": False,
        "unit_code": "property", "lead_unit_code": "property", "final": False,
        "reported_at": at, "updated_at": at, "closed_at": None if still else at,
    }  # fmt: skip


@pytest.fixture(scope="session")
def twins(
    databases_made: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Town]]:
    """Give a town on each database, with the same cases."""
    with ExitStack() as stack:
        made = {}
        for kind in KINDS:
            place = databases_made.place(kind)
            engine = stack.enter_context(opened(place, place.copy()))
            made[kind] = town_on(engine, tmp_path_factory.mktemp("files"))
            fill(made[kind])
        yield made
        for town in made.values():
            with town.app.app_context():
                db.engine.dispose()


@pytest.fixture(params=KINDS)
def twin(twins: dict[str, Town], request: pytest.FixtureRequest) -> Town:
    """Give one of the two."""
    return twins[request.param]
