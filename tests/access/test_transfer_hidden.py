"""A membership transfer is nowhere but with its organiser, that unit's head, and whose it is.

Everything that answers is asked twice by everybody else, before there is one and after: nothing
says its number or its words, and no list, count, map, tile, figure or file is another than before.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases.contact import Contact
from gridgov.cases.hand_over import end_duty
from gridgov.cases.tables import Case
from gridgov.database import db, transaction
from gridgov.exchange.formats import FORMATS
from gridgov.exchange.write import write  # noqa: F401 (GDAL before SpatiaLite, as in a server)
from gridgov.faces.access import TABLE, Line
from gridgov.faces.auth import CODE_HEADER
from gridgov.insight.behind import NUMBERS
from gridgov.insight.keep import keep
from gridgov.notices.tables import Notice
from gridgov.people.duties import Asked, grant
from gridgov.people.roles import Role
from gridgov.people.tables import Duty
from gridgov.privacy.read import read
from tests.access.test_table import NOBODYS, QUERIES, path_of
from tests.support.desk import DAY, START, Desk, working
from tests.support.town import IN_G1, PEOPLE, RESIDENT, STREET, Town

NOW = START + 40 * DAY
WORDS = ("zhuanyi", "lijun", "1390000", "139****", "new-firm")
CATEGORY = "41002"  # which stands in the lists of kinds, for everybody
# One in each role but those whose it is, an account without a duty, nobody, a reporter elsewhere.
FIRST = {role: who for who, (_, role, _, _) in reversed(PEOPLE.items())}
WHO = [
    *(who for role, who in FIRST.items() if role != "organiser"),
    "district-dispatcher", "head-office", "leader2", RESIDENT, "nobody", "another",
]  # fmt: skip
# What counts all events, or who read a contact, of no case in particular: for administrators.
OF_ALL = {
    "contacts.list_readings", "web.admin_readings",
    "audit.read_audit", "audit.list_entries", "web.admin_audit", "web.admin_journals",
    "web.admin_state", "health.readyz",
}  # fmt: skip
# The journals first: they note what is asked for in the course of this.
LINES = sorted(
    (line for line in TABLE if line.method == "GET"), key=lambda line: line.endpoint not in OF_ALL
)
MONTH = {"period": "2026-03"}
FEW = ("reported", "overdue", "closing.under")
VARIANTS: dict[str, list[dict[str, str]]] = {
    "cases.list_cases": [{}, {"q": "Zhuanyi"}, {"category": CATEGORY}, {"status": "open"},
                         {"unit": "party-office"}, {"number": "{number}"}],
    "web.cases": [{}, {"q": "Zhuanyi"}, {"category": CATEGORY}, {"q": "{number}"},
                  {"unit": "party-office"}, *({"number": one} | MONTH for one in FEW)],
    "exports.read_export": [{}, {"q": "Zhuanyi"}, {"category": CATEGORY}, {"number": "{number}"}],
    "figures.list_behind": [{"number": one} | MONTH for one in NUMBERS],
    "figures.read_figures": [{}, MONTH, MONTH | {"unit": "party-office"},
                             MONTH | {"category": CATEGORY}, MONTH | {"channel": "web"}],
    "figures.read_map": [MONTH, MONTH | {"per": "grid"}],
    "figures.read_trend": [MONTH, MONTH | {"by": "category"}, MONTH | {"by": "unit"}],
    "figures.read_hot_spots": [{}, MONTH],
    "web.committee": [{"whole": "1"}, MONTH | {"whole": "1"}],
    "web.figures": [{}, MONTH],
    "web.figures_table": [MONTH],
    "map.nearby": [{"lon": str(IN_G1[0]), "lat": str(IN_G1[1]), "category": CATEGORY}],
    "ogc.list_items": [{}, {"filter": "kind = 'party'"}, {"number": "{number}"}],
    "open311_requests.list_requests": [{}, {"service_code": CATEGORY},
                                       {"service_request_id": "{number}"}],
    "open311_updates.list_updates": [{}, {"service_request_id": "{number}"}],
    "web.queue": [{}, {"q": "Zhuanyi"}],
    "contacts.list_readings": [{"since": START.isoformat(), "until": NOW.isoformat()}],
    "web.admin_readings": [{"since": "2026-03-01T00:00", "until": "2026-04-30T00:00"}],
}  # fmt: skip
# What stands in an address, where one value of each will not do.
PATHS: dict[str, list[str]] = {
    "exports.read_export": [f"/api/v1/exports/cases.{form}" for form in FORMATS],
    "tiles.read_tile": [f"/tiles/{layer}/{z}/{x}/{y}.mvt" for layer in ("cases", "load")
                        for z, x, y in ((10, 857, 422), (12, 3430, 1689), (14, 13720, 6759),
                                        (16, 54884, 27037))],
    "ogc.list_items": [f"/ogc/collections/{one}/items" for one in ("cases", "load")],
    "ogc.read_item": ["/ogc/collections/cases/items/{number}"],
    "web.committee_part": [f"/committee/part/{one}" for one in ("grids", "units", "trend",
                           "category_trend", "spots", "clocks", "categories", "channels")],
    "web.figures_table": [f"/figures/tables/{one}.csv" for one in ("grids", "units", "categories",
                          "clocks", "late", "decide", "trend")],
    "web.figures_report": ["/figures/report.xlsx"],
    "open311_requests.read_request": ["/open311/v2/requests/{number}.json"],
    "open311_requests.read_token": ["/open311/v2/tokens/{number}.json"],
}  # fmt: skip


class Walk:
    """Asks for everything, as everybody."""

    def __init__(self, town: Town, other: dict[str, Any]) -> None:
        self.town = town
        self.code = other["query_code"]
        self.own = other["number"]
        rules = {rule.endpoint: rule.rule for rule in town.app.url_map.iter_rules()}
        self.of_case = {line.endpoint for line in LINES if "number>" in rules[line.endpoint]}

    def headers(self, who: str) -> dict[str, str]:
        """Return what somebody brings."""
        if who == "another":
            return self.town.headers() | {CODE_HEADER: self.code}
        return self.town.headers(None if who == "nobody" else who)

    def addresses(self, line: Line, number: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield what of a route is asked for; `number` is the transfer's, or nobody's."""
        paths = PATHS.get(line.endpoint) or [path_of(self.town.app, line, number)]
        for path in paths:
            for query in VARIANTS.get(line.endpoint) or [QUERIES.get(line.endpoint, {})]:
                filled = {name: value.replace("{number}", number) for name, value in query.items()}
                yield path.replace("{number}", number), filled

    def ask(self, line: Line, number: str) -> dict[tuple[str, ...], tuple[int, str]]:
        """Return what everybody is answered, with the number taken out of it."""
        found = {}
        for who in WHO:
            for path, query in self.addresses(line, number):
                answer = self.town.client.get(path, query_string=query, headers=self.headers(who))
                assert answer.status_code not in (429, 500), (line, who, path, answer.text)
                key = (who, path, *query.values())
                said = text_of(answer)
                found[tuple(one.replace(number, "N") for one in key)] = (
                    answer.status_code,
                    said.replace(number, "N") if number == NOBODYS or number in str(key) else said,
                )
        return found


def text_of(answer: Any) -> str:
    """Return an answer as text: of a workbook or an archive, what is in it."""
    data: bytes = answer.data
    if data[:6] == b"SQLite":  # says when it was made; its other forms are compared
        return "".join(one for one in WORDS if one.encode() in data.lower())
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(n, archive.read(n)) for n in archive.namelist() if "docProps" not in n]
        data = b"\n".join(name.encode() + part for name, part in sorted(parts))
    text = data.decode("utf-8", "replace")
    # Drawn by chance, or by the hour.
    return re.sub(r'name="key" value="[^"]*"|"timeStamp": ?"[^"]*"|/static/[^"]*', "", text)


def apart(one: str, other: str) -> str:
    """Return where two answers begin to differ."""
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return f"{one[max(0, at - 60) : at + 60]!r}, not {other[max(0, at - 60) : at + 60]!r}"


def ordinary(desk: Desk) -> None:
    """Put cases of all sorts into the town, so that lists and figures have something to say."""
    for _ in range(6):
        desk.take()
    for status in ("verifying", "filed", "handling", "checking", "closed", "evaluated"):
        desk.stage(status)
    desk.take(category="41001", description="a question about dues")
    desk.take(category="21001", description="a firm's")


def transfers(desk: Desk) -> list[Case]:
    """Plant transfers: one taken in, one late with a request and a letter that lapsed, one done."""
    made = []
    for _ in range(3):
        contact = Contact("Lijun", "13900001111", None, "sms")
        made.append(
            desk.take(
                category=CATEGORY, description="Zhuanyi to new-firm", contact=contact,
                urgency="urgent",
            )
        )  # fmt: skip
    for case in made[1:]:
        desk.act(case, "organiser", "file", category=CATEGORY)
        desk.act(case, "organiser", "summarise", text="Zhuanyi")
        desk.act(case, "organiser", "dispatch", unit="party-office")
        desk.act(case, "organiser", "accept")
        for paper in ("application", "release"):
            desk.act(case, "organiser", "check_off", paper=paper)
        until = (desk.at + 5 * DAY).date()
        desk.act(case, "organiser", "check_off", paper="letter", valid_until=until)
        desk.at += timedelta(minutes=1)
        body = {"purpose": "ask"}
        read(desk.session, case.number, body, desk.actor("organiser"), desk.at, desk.known)
    desk.act(made[1], "organiser", "ask_extension", reason="Zhuanyi takes longer")
    for who, step in (
        ("organiser", "submit"),
        ("reporter", "confirm"),
        ("reporter", "evaluate"),
        ("reporter", "reopen"),
    ):
        desk.act(made[2], who, step)  # fmt: skip
    return made


def handed_over(desk: Desk) -> int:
    """Let another organiser's duty end, with which all of it goes over; returns the duty."""
    admin = desk.actor("security-admin")
    duty = desk.session.scalars(sa.select(Duty).where(Duty.role == Role.ORGANISER)).one()
    asked = Asked("head-party", Role.ORGANISER, STREET, deputy=True)
    grant(desk.session, asked, admin, desk.at, desk.settings.keys)
    end_duty(desk.session, duty.id, admin, desk.at, desk.known)
    return int(duty.id)


@pytest.fixture
def planted(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, ...]]:
    """Give what everybody is answered before there is a transfer, and who else asks."""
    monkeypatch.setattr("gridgov.faces.serve.now", lambda: NOW)
    monkeypatch.setattr("gridgov.faces.auth.now", lambda: NOW)
    with working(town) as desk:
        ordinary(desk)
    settings = town.app.extensions["gridgov"].settings
    other = town.report(description="of somebody else")
    with town.app.app_context():
        keep(db.engine, settings)
    walk = Walk(town, other)
    before = {line.endpoint: walk.ask(line, NOBODYS) for line in LINES}
    with working(town, START + DAY) as desk:
        made = transfers(desk)
        numbers = [case.number for case in made]
    with town.app.app_context():
        keep(db.engine, settings)
    yield walk, before, numbers


def test_nobody_else_is_told_anything(planted: tuple[Any, ...]) -> None:
    walk, before, numbers = planted
    nothing_is_told(walk, before, numbers)
    # The walk would find it: with the organiser it does.
    for path in (f"/api/v1/cases/{numbers[1]}", "/api/v1/cases", "/work", "/list"):
        answer = walk.town.client.get(path, headers=walk.town.headers("organiser"))
        assert numbers[1] in answer.text, path
    assert walk.town.get(f"/cases/{numbers[1]}", "head-party").status_code == 200
    notices_reach_nobody_else(walk.town, numbers)
    a_hand_over_counts_none(walk, numbers)


def nothing_is_told(walk: Walk, before: dict[str, Any], numbers: list[str]) -> None:
    """Ask for everything again."""
    wrong = []
    tried = 0
    for line in LINES:
        for number in numbers if line.endpoint in walk.of_case else numbers[1:2]:
            for key, (status, said) in walk.ask(line, number).items():
                tried += 1
                own = said.lower()
                asked = str(key).lower()  # what was asked for stands in the field again
                told = [one for one in (*numbers, *WORDS) if one in own and one not in asked]
                if told:
                    wrong.append(f"{line.endpoint} tells {key}: {told}")
                was = before[line.endpoint][key]
                if line.endpoint not in OF_ALL and (status, said) != was:
                    wrong.append(f"{line.endpoint} is another to {key}: {apart(said, was[1])}")
    assert tried > 3_000
    assert not wrong, "\n".join(sorted(set(wrong)))


def notices_reach_nobody_else(town: Town, numbers: list[str]) -> None:
    """Look at the outbox: organiser, the head of that unit, and whose it is."""
    with town.app.app_context(), transaction(write=False) as session:
        query = sa.select(Notice.to_kind, Notice.to_code).join(Case, Case.id == Notice.case_id)
        told = {tuple(row) for row in session.execute(query.where(Case.number.in_(numbers)))}
    allowed = {("person", "organiser"), ("person", "head-party"), ("unit", "party-office")}
    assert told
    assert told <= allowed | {("reporter", number) for number in numbers}


def a_hand_over_counts_none(walk: Walk, numbers: list[str]) -> None:
    """Hand all of it over, and read the list as everybody."""
    with working(walk.town, START + 35 * DAY) as desk:
        key = handed_over(desk)
    mine = walk.town.get(f"/duties/{key}/hand-over", "head-party")
    assert mine.status_code == 200, mine.json
    assert numbers[0] in mine.text
    for who in WHO:
        path = f"/api/v1/duties/{key}/hand-over"
        answer = walk.town.client.get(path, headers=walk.headers(who))
        assert not [one for one in numbers if one in answer.text], who
        if answer.status_code == 200:  # a question about dues went over too
            assert answer.json["count"] <= 1, (who, answer.json)
