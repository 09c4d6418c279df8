"""Nobody reads by any address what the case itself would not show them.

Cases about somebody or a unit (被反映对象), confidential ones, a resident's and those of Party
service are planted with marks; then everybody asks everything that can be asked.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy.engine import Engine

from gridgov.database import db
from gridgov.escalation.sweep import sweep
from gridgov.faces.access import TABLE
from gridgov.insight.behind import NUMBERS
from gridgov.insight.keep import keep
from tests.access.test_table import ACTORS, QUERIES, path_of
from tests.conftest import town_on
from tests.support.town import RESIDENT, Town

PLACE = (121.4905, 29.8805)
GZIP = b"\x1f\x8b"

EVERYBODY = (None, *ACTORS, "handler-team", "district-dispatcher", RESIDENT)
NAME, PHONE = "Planted-Name", "13812345678"
SOUGHT = [{"status": "open"}, {"q": "xylophone"}, {"q": "harpstreet"}]
ASKED: dict[str, list[dict[str, str]]] = {
    "figures.list_behind": [{"number": number} for number in NUMBERS],
    "web.cases": [{"number": "overdue"}, {"number": "filed"}, *SOUGHT],
    "cases.list_cases": SOUGHT,
}
CQL = "text LIKE '%xylophone%' OR address LIKE '%harpstreet%'"
MORE: list[tuple[str, dict[str, str]]] = [
    ("/api/v1/exports/cases.csv", {}),
    ("/api/v1/exports/cases.geojson", {"q": "xylophone"}),
    ("/api/v1/exports/cases.csv", {"q": "harpstreet"}),
    ("/ogc/collections/cases/items", {"f": "json", "limit": "1000"}),
    ("/ogc/collections/cases/items", {"f": "json", "filter-lang": "cql2-text", "filter": CQL}),
    ("/open311/v2/requests.json", {}),
]
# A case's own page may be asked for by its number; lists of it must not name what is not shown.
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("01001", {"subject": {"kind": "person", "person": "head"}}),
    ("01001", {"subject": {"kind": "unit", "unit": "property"}}),
    ("01001", {"subject": {"kind": "person", "person": "dispatcher"}}),
    ("01001", {"confidential": True}),
    ("11001", {}),
    ("41001", {}),
    ("41002", {}),
]


class Planted(NamedTuple):
    """A case with marks: its number, the reporter's own words, its place in words."""

    number: str
    text: str
    address: str


@pytest.fixture
def planted(fresh_engine: Engine, tmp_path: Path) -> Iterator[tuple[Town, list[Planted]]]:
    town = town_on(fresh_engine, tmp_path / "files")
    made = []
    for mark, (category, more) in enumerate(KINDS):
        text, address = f"xylophone-{mark}-mark", f"harpstreet-{mark}-mark"
        number = town.report(
            description=text,
            category=category,
            location={"lon": PLACE[0], "lat": PLACE[1], "address": address},
            reporter={"name": NAME, "phone": PHONE},
            **more,
        )["number"]
        made.append(Planted(number, text, address))
        sees = town.get(f"/cases/{number}", "dispatcher").status_code == 200
        by = "dispatcher" if sees else "district-dispatcher"
        if category < "4":
            town.step(number, by, "summarise", text="flute in short")
            for unit in ("property", "office"):
                town.step(number, by, "file", category=category)
                if town.step(number, by, "dispatch", unit=unit).status_code == 200:
                    break
            town.step(number, "committee", "supervise", text="see to it",
                      reply_due=(datetime.now(UTC) + timedelta(days=9)).isoformat())  # fmt: skip
    (lead,) = town.get("/duties?person=leader&role=leader", "security-admin").json["duties"]
    assert town.post(f"/duties/{lead['id']}/end", None, "security-admin").status_code == 200
    with town.app.app_context():
        settings = town.app.extensions["gridgov"].settings
        sweep(db.engine, settings, datetime.now(UTC))
        keep(db.engine, settings)
        yield town, made
        db.engine.dispose()


def tile(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Return the column and row of the tile that a point lies in."""
    n = 2**zoom
    y = math.asinh(math.tan(math.radians(lat)))
    return int((lon + 180) / 360 * n), int((1 - y / math.pi) / 2 * n)


def addresses(town: Town, cases: list[Planted]) -> Iterator[tuple[str, dict[str, str]]]:
    """Return everything that can be asked for, of each case where it is of one."""
    for line in TABLE:
        if line.method != "GET":
            continue
        rule = next(town.app.url_map.iter_rules(line.endpoint))
        of_each = "number" in rule.arguments
        for case in cases if of_each else cases[:1]:
            path = path_of(town.app, line, case.number)
            for query in (QUERIES.get(line.endpoint, {}), *ASKED.get(line.endpoint, [])):
                yield path, query
    yield from MORE
    duties = town.get("/duties?limit=200&past=true", "security-admin").json["duties"]
    ended = [one["id"] for one in duties if one["ends"]]
    assert ended
    for key in ended:
        yield f"/api/v1/duties/{key}/hand-over", {}
        yield f"/admin/duties/{key}", {}
    for zoom in (12, 14, 17):
        column, row = tile(*PLACE, zoom)
        yield f"/tiles/cases/{zoom}/{column}/{row}.mvt", {}


def test_nobody_reads_what_the_case_would_not_show_them(
    planted: tuple[Town, list[Planted]],
) -> None:
    town, cases = planted
    asked = list(addresses(town, cases))
    for path, query in asked[-len(MORE) :]:  # these are there indeed
        headers = town.headers("dispatcher")
        answer = town.client.get(path, query_string=query, headers=headers)
        assert answer.status_code in (200, 204, 403), (path, answer.text)
    leaks, found = [], 0
    for who in EVERYBODY:
        views = {}
        for case in cases:
            answer = town.get(f"/cases/{case.number}", who)
            views[case.number] = answer.text if answer.status_code == 200 else ""
        for path, query in asked:
            answer = town.client.get(path, query_string=query, headers=town.headers(who))
            body = answer.get_data()
            said = (gzip.decompress(body) if body[:2] == GZIP else body).decode("utf-8", "replace")
            leaks += [(who, path, query, mark) for mark in (NAME, PHONE) if mark in said]
            for case in cases:
                named = (case.number,) if case.number not in path else ()
                there = [mark for mark in (*named, case.text, case.address) if mark in said]
                found += len(there)
                view = views[case.number]
                leaks += [(who, path, query, mark) for mark in there if mark not in view]
    assert not leaks
    assert found > 500  # else nothing was shown to anybody
