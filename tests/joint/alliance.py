"""A town whose service alliance stands: departments, a service team, the firm-service desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from gridgov.cases.known import known
from gridgov.cases.write import flush
from gridgov.database import transaction
from gridgov.epochs import bump
from gridgov.escalation.sweep import claim, fire
from gridgov.people.accounts import add_account, add_token
from gridgov.people.tables import Duty, Person, Unit
from tests.support.firms import with_firms
from tests.support.town import LONG_AGO, STREET, Town

UNITS = {
    # code: name, kind, offers
    "firm-desk": ("企业服务专员", "firm_desk", []),
    "approval": ("海曙区审管办", "department", ["许可", "备案"]),
    "fire": ("望春消防救援站", "department", ["消防", "充电"]),
    "traffic": ("海曙交警大队望春中队", "department", ["车牌", "停车"]),
    "market": ("望春市场监管所", "department", ["营业执照"]),
    "economy": ("海曙区经信局", "department", ["补贴"]),
    "power": ("望春供电所", "company", ["增容"]),
    "team-law": ("法律服务团", "team", ["合同", "租赁"]),
}
NEED = "21001"  # of a firm; checked always


def with_alliance(town: Town) -> Town:
    """Add the units, with a head and a handler each, and the firms."""
    with_firms(town)
    with town.app.app_context(), transaction() as session:
        for code, (name, kind, offers) in UNITS.items():
            session.add(
                Unit(
                    code=code, name=name, kind=kind, parent_code=None, areas=[STREET],
                    categories=["21"], fallback=False, active=True, offers=offers,
                )
            )  # fmt: skip
            session.flush()
            for role in ("head", "handler"):
                login = f"{role}-{code}"
                session.add(Person(code=login, name=f"Name-{login}", unit_code=code))
                session.flush()
                duty = Duty(person_code=login, role=role, place=code, deputy=False, begins=LONG_AGO)
                session.add(duty)
                add_account(session, login, login, LONG_AGO)
                town.tokens[login] = add_token(session, login, "test", LONG_AGO, None)
        bump(session, "people")
    return town


@dataclass
class Days:
    """A town in which time goes by, and what its people do there one after another."""

    town: Town
    at: datetime = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)  # a Tuesday, nine o'clock in Ningbo

    def later(self, **span: float) -> None:
        """Let time go by; the clock looks at what is due."""
        self.at += timedelta(**span)
        settings = self.town.app.extensions["gridgov"].settings
        with self.town.app.app_context(), transaction() as session:
            # As the sweep does in each of its turns, by this clock in place of the database's.
            while ids := claim(session, self.at):
                assert fire(session, ids, self.at, known(session, settings))
                flush(session)

    def does(self, who: str, number: str, step: str, **given: Any) -> dict[str, Any]:
        """Take a step, ten minutes after what was before; it must be taken."""
        self.at += timedelta(minutes=10)
        return taken(self.town.step(number, who, step, **given))

    def by_code(self, case: dict[str, Any], step: str, **given: Any) -> dict[str, Any]:
        """Take a step as the firm that was given number and code."""
        self.at += timedelta(minutes=10)
        return taken(self.town.by_code(case, step, **given))

    def refused(self, who: str, number: str, step: str, **given: Any) -> str:
        """Try a step, and return why it is not taken."""
        answer = self.town.step(number, who, step, **given)
        assert answer.status_code in (403, 409), answer.json
        return str(answer.json["type"]).rpartition(":")[2]

    def post(self, path: str, given: Any, who: str) -> dict[str, Any]:
        """Send something that must be taken."""
        self.at += timedelta(minutes=10)
        return taken(self.town.post(path, given, who))

    def get(self, path: str, who: str, **more: str) -> dict[str, Any]:
        """Read something that must be there."""
        return taken(self.town.get(path, who, **more))

    def told(self, case: dict[str, Any]) -> dict[str, Any]:
        """Return what the firm is told, by number and code."""
        answer = self.town.get(f"/cases/{case['number']}", **{"X-Case-Code": case["query_code"]})
        return taken(answer)


def taken(answer: Any) -> dict[str, Any]:
    """Return what is answered."""
    assert answer.status_code in (200, 201), answer.json
    return dict(answer.json)
