"""Joint cases under way and their suspended items: on the list of joint cases, and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gridgov.cases.fields import SUSPENSION_REASONS
from gridgov.cases.find import Wanted, count, search
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.cases.worklist import scenes
from gridgov.faces import joint, views
from gridgov.faces.rest import rest
from gridgov.faces.serve import Serving
from gridgov.faces.worklist import line
from gridgov.insight.paper import Cell, Section
from gridgov.joint import agenda, show
from gridgov.language import say
from gridgov.words import N_

ON_PAPER = 100


def under_way() -> sa.ColumnElement[bool]:
    """Return the condition of a joint case under way, as the agenda of a meeting has it."""
    return agenda.conditions()["joint"]


def hung() -> sa.ColumnElement[bool]:
    """Return the condition of a suspended item, as the agenda of a meeting has it."""
    return agenda.conditions()["hung"]


def counted(s: Serving) -> dict[str, int]:
    """Return how many joint cases are under way and how many items hang; one statement."""
    seen = visible(s.actor, s.known.office, s.at)
    each = {"joint": under_way(), "hung": hung()}
    query = sa.select(*(
        sa.select(sa.func.count(Case.id)).where(seen, condition).scalar_subquery().label(name)
        for name, condition in each.items()
    ))  # fmt: skip
    return dict(s.session.execute(query).mappings().one())


def notes(s: Serving, cases: Sequence[Case]) -> dict[int, dict[str, Any]]:
    """Return of suspended items why they are, to which joint case they belong, and who leads it."""
    why = show.reasons(s.session, [case.id for case in cases])
    above = show.joints_of(s.session, cases)
    return {
        case.id: {
            "why": say(SUSPENSION_REASONS.get(why.get(case.id, ""), "")),
            "joint": above[case.id][0],
            "lead": views.unit(s.known, above[case.id][1]),
        }
        for case in cases
    }


def sections(s: Serving, most: int = ON_PAPER) -> list[Section]:
    """Return what the weekly report holds of joint cases: those under way, what is suspended."""
    return [_led(s, most), _hung(s, most)]


def _led(s: Serving, most: int) -> Section:
    cases, number = _found(s, under_way(), most)
    whole = joint.of_joint(s, cases)
    rows = []
    for scene in scenes(s.session, cases, s.actor, s.at, s.known):
        one, shown = line(s.known, scene), whole[scene.case.id]
        rows.append([
            _linked(one["number"]), Cell(one["title"]), Cell((shown["lead"] or {}).get("name")),
            Cell(shown["summary"]["text"]), Cell(_day(s, one["case_due"])),
        ])  # fmt: skip
    heads = (N_("Case"), N_("What"), N_("Led by"), N_("List of items"), N_("Due"))
    title, others = say(N_("Joint cases under way")), rest(len(rows), number, "/joint")
    return Section("joint", title, [say(head) for head in heads], rows, rest=others)


def _hung(s: Serving, most: int) -> Section:
    cases, number = _found(s, hung(), most)
    said = notes(s, cases)
    rows = []
    for scene in scenes(s.session, cases, s.actor, s.at, s.known):
        case, one, note = scene.case, line(s.known, scene), said[scene.case.id]
        resumes = case.resume_on.isoformat() if case.resume_on else None
        rows.append([
            _linked(one["number"]), Cell(one["title"]), _linked(note["joint"]),
            Cell((one["unit"] or {}).get("name")), Cell(note["why"]), Cell(resumes),
        ])  # fmt: skip
    heads = (N_("Case"), N_("What"), N_("Joint case"), N_("Unit"), N_("Reason"), N_("Resume on"))
    title = say(N_("Suspended items of joint cases"))
    others = rest(len(rows), number, "/joint?shown=suspended")
    return Section("hung", title, [say(head) for head in heads], rows, rest=others)


def _found(s: Serving, condition: sa.ColumnElement[bool], most: int) -> tuple[Sequence[Case], int]:
    """Return the newest of them, and how many there are."""
    wanted = Wanted(behind=condition, limit=most)
    page = search(s.session, wanted, s.actor, s.at, s.known)
    whole = count(s.session, wanted, s.actor, s.at, s.known) if page.next else len(page.cases)
    return page.cases, whole


def _linked(number: str) -> Cell:
    return Cell(number, link=f"/cases/{number}")


def _day(s: Serving, due: Any) -> str | None:
    return f"{due.astimezone(s.known.settings.zone):%Y-%m-%d %H:%M}" if due else None
