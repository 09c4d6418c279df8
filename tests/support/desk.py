"""The verbs themselves, on a town: cases brought to any status by a lawful history.

Beside the faces of tests.support.town, which speak HTTP. Instants are the caller's: nothing here
looks at a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.act import Wish, act, scene_of
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known, known
from gridgov.cases.placing import Location
from gridgov.cases.report import Draft, report
from gridgov.cases.rules import offered
from gridgov.cases.tables import Case, Event
from gridgov.database import db, transaction
from gridgov.joint.items import ItemDraft, add_item
from gridgov.notices.tables import Notice
from gridgov.people.actors import ANYONE, CLOCK, IMPORT, Actor, by_code, person_acting
from gridgov.people.tables import Account
from gridgov.settings import Settings
from tests.support.town import IN_G1, Town

# A Tuesday, 10:00 in Ningbo; a week without holidays.
START = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MACHINES = {"clock": CLOCK, "import": IMPORT, "anyone": ANYONE}
REPORTER = "reporter"

# What each step is given when nothing else is said.
GIVEN: dict[str, dict[str, Any]] = {
    "settle": {"category": "01001", "result": "picked up"},
    "verify": {"verification": "confirmed"},
    "ask_more": {"question": "which lamp?"},
    "supply": {"text": "the third"},
    "file": {"category": "01001"},
    "reject": {"reason": "not a matter of the park", "instead": "12345"},
    "appeal": {"reason": "it is"},
    "unmerge": {"reason": "two lamps"},
    "dispatch": {"unit": "property"},
    "dispatch_urgent": {"category": "01001"},
    "assign_final": {"unit": "office", "reason": "nobody else"},
    "assign": {"person": "handler"},
    "ask_return": {"return_reason": "not_ours", "proposed_unit": "office"},
    "refuse_return": {"reason": "it is yours"},
    "recall": {"reason": "wrong unit"},
    "claim": {"plan": "two of us come on Saturday"},
    "give_back": {"reason": "we have no time"},
    "check_off": {"paper": "application"},
    "progress": {"text": "parts are ordered"},
    "ask_extension": {"reason": "parts are late"},
    "refuse_extension": {"reason": "no"},
    "ask_suspension": {"suspension_reason": "works"},
    "refuse_suspension": {"reason": "no"},
    "submit": {"outcome": "solved", "result": "repaired"},
    "rework": {"reason": "still dark"},
    "deny": {"reason": "still dark"},
    "escalate": {"reason": "too large for the grid"},
    "send_down": {"reason": "small"},
    "supervise": {"text": "report"},
    "instruct": {"text": "see to it"},
    "yellow_card": {"reason": "slow"},
    "red_card": {"reason": "slower"},
    "answer": {"text": "done"},
    "amend": {"reason": "was wrong", "urgency": "normal"},
    "reopen": {"reason": "dark again"},
    "sample": {"sampled": "genuine"},
    "evaluate": {"contacted": True, "solved": True, "satisfaction": "satisfied"},
    "appeal_timeout": {"reason": "flood"},
    "excuse": {"reason": "flood"},
    "uphold": {"reason": "no flood"},
    "propose_joint": {"reason": "no single unit can"},
    "open_joint": {"unit": "office", "category": "01001"},
    "refuse_joint": {"reason": "one unit can"},
    "ask_join": {"unit": "bureau"},
    "drop_item": {"reason": "nothing for us"},
    "close_joint": {"outcome": "partly_solved", "result": "all but one"},
    "summarise": {"text": "a lamp"},
    "publish": {"text": "a lamp"},
    "comment": {"text": "noted"},
}
# Who takes the deciding steps of each level.
DECIDER = {"grid": "leader", "street": "dispatcher", "district": "district-dispatcher"}
OVER_UNIT = {"grid": "dispatcher", "street": "dispatcher", "district": "district-dispatcher"}
# How each status comes about: (who, step); "decider" and "over_unit" depend on the level.
_TO_FILED = (("decider", "file"),)
_TO_HANDLING = (*_TO_FILED, ("decider", "dispatch"), ("handler", "accept"))
_TO_CHECKING = (*_TO_HANDLING, ("handler", "submit"))
WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "reported": (),
    "verifying": (("decider", "ask_verify"),),
    "waiting": (("over_unit", "ask_more"),),
    "filed": _TO_FILED,
    "dispatched": _TO_HANDLING[:2],
    "handling": _TO_HANDLING,
    "suspended": (*_TO_HANDLING, ("handler", "ask_suspension"), ("over_unit", "suspend")),
    "checking": _TO_CHECKING,
    "closed": (*_TO_CHECKING, ("member", "pass")),
    "evaluated": (*_TO_CHECKING, ("member", "pass"), (REPORTER, "evaluate")),
    "rejected": (("decider", "reject"),),
    "withdrawn": ((REPORTER, "withdraw"),),
    "merged": (("decider", "merge"),),
}


def given_at(step: str, now: datetime) -> dict[str, Any]:
    """Return what a step is given when nothing else is said, with its dates ahead of now."""
    ahead: dict[str, dict[str, Any]] = {
        "ask_suspension": {"resume_on": now.date() + 60 * DAY},
        "supervise": {"reply_due": now + 90 * DAY},
        "instruct": {"reply_due": now + 90 * DAY},
    }
    return GIVEN.get(step, {}) | ahead.get(step, {})


class Desk:
    """Somebody who may act as anybody, at any instant, in one session."""

    def __init__(self, session: Session, settings: Settings, at: datetime = START) -> None:
        self.session = session
        self.settings = settings
        self.at = at
        rows = session.execute(sa.select(Account.login, Account.id))
        self.accounts: dict[str, int] = {row.login: row.id for row in rows}

    @property
    def known(self) -> Known:
        """What is known now."""
        self.session.info.pop("epochs", None)
        return known(self.session, self.settings)

    def actor(self, who: str, case: Case | None = None) -> Actor:
        """Return who acts: a login, a machine, or the reporter of a case by its code."""
        if who == REPORTER:
            assert case is not None
            return by_code(case.number)
        if who in MACHINES:
            return MACHINES[who]
        return person_acting(self.known.office, who, self.at, self.accounts[who])

    def take(self, who: str = "anyone", **given: Any) -> Case:
        """Take in a report in G1, or as given, a minute later than what was before."""
        lon, lat = given.pop("place", IN_G1)
        given.setdefault("location", Location(lon, lat))
        draft = Draft(**({"description": "a lamp is dark", "category": "01001"} | given))
        self.at += MINUTE
        return report(self.session, draft, self.actor(who), self.at, self.known).case

    def act(self, case: Case, who: str, step: str, **given: Any) -> Case:
        """Take a step a minute later, with what it needs where nothing is given."""
        self.at += MINUTE
        wish = Wish(step, None, self.given(step, case) | given)
        return act(self.session, case.number, [wish], self.actor(who, case), self.at, self.known)

    def several(self, case: Case, who: str, *steps: str) -> Case:
        """Take several steps as one."""
        self.at += MINUTE
        wishes = [Wish(step, None, self.given(step, case)) for step in steps]
        return act(self.session, case.number, wishes, self.actor(who, case), self.at, self.known)

    def given(self, step: str, case: Case) -> dict[str, Any]:
        """Return what a step is given when nothing else is said."""
        if step == "merge":
            return {"target": self.another(case).number}
        if step == "bundle":
            before = self.at
            target = self.joint()
            self.at = before
            return {"target": target.number}
        return given_at(step, self.at)

    def another(self, case: Case) -> Case:
        """Return a case to merge another one into."""
        before = self.at
        made = self.take()
        self.at = before
        return made

    def joint(self, **given: Any) -> Case:
        """Return a new joint case that `office` leads."""
        case = self.take(**given)
        self.several(case, "dispatcher", "propose_joint", "open_joint")
        return case

    def item(self, joint: Case, who: str = "head-office", **given: Any) -> Case:
        """Put an item on a joint case's list, a minute later."""
        self.at += MINUTE
        draft = ItemDraft(**({"text": "no place to park"} | given))
        actor = self.actor(who)
        return add_item(self.session, joint.number, draft, actor, self.at, self.known)

    def stage(self, status: str, *, level: str = "grid", **given: Any) -> Case:
        """Bring a new case to a status, at a level, in lawful steps."""
        case = self.take(**given)
        if level in ("street", "district"):
            self.act(case, "leader", "escalate")
        if level == "district":
            self.act(case, "dispatcher", "escalate")
        for who, step in WAYS[status]:
            by = {"decider": DECIDER[level], "over_unit": OVER_UNIT[level]}.get(who, who)
            self.act(case, by, step)
        assert case.status == status, case.status
        return case

    def scene(self, case: Case, who: str) -> Scene:
        """Return what the rules see when somebody looks at a case now."""
        return scene_of(self.session, case, self.actor(who, case), self.at, self.known)

    def offers(self, case: Case, who: str) -> set[str]:
        """Return the steps that a case offers somebody."""
        return {offer.step.name for offer in offered(self.scene(case, who))}

    def events(self, case: Case) -> list[Event]:
        """Return a case's events."""
        query = sa.select(Event).where(Event.case_id == case.id).order_by(Event.version)
        return list(self.session.scalars(query))

    def told(self, case: Case, step: str | None = None) -> set[tuple[str, str]]:
        """Return who has been told, of a step or of all."""
        query = sa.select(Notice).where(Notice.case_id == case.id)
        rows = self.session.scalars(query.where(Notice.template == step) if step else query)
        return {(row.to_kind, row.to_code) for row in rows}

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Undo what happens inside."""
        before, savepoint = self.at, self.session.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
            self.session.expire_all()
            self.at = before


@contextmanager
def working(town: Town, at: datetime = START) -> Iterator[Desk]:
    """Give a desk on a town's own database; what is done there is committed."""
    settings = town.app.extensions["gridgov"].settings
    with town.app.app_context(), transaction() as session:
        yield Desk(session, settings, at)


@contextmanager
def trying(town: Town, at: datetime = START) -> Iterator[Desk]:
    """Give a desk on a town's database; all that is done there is undone."""
    settings = town.app.extensions["gridgov"].settings
    with town.app.app_context(), db.engine.connect() as connection, connection.begin() as outer:
        with Session(
            connection,
            join_transaction_mode="create_savepoint",
            expire_on_commit=False,
            autoflush=False,
        ) as session:
            yield Desk(session, settings, at)
        outer.rollback()


def at(scene: Scene, **changes: Any) -> Scene:
    """Return a scene with something else about it."""
    return replace(scene, **changes)
