"""The agenda of a meeting, made from what needs deciding; each section opens its list.

What makes a case one of a section is known where the case is counted elsewhere, too: what waits
for a word and what is late in `insight`, the rest in `joint.agenda`. Here it is put together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from gridgov.cases.fields import SUSPENSION_REASONS
from gridgov.cases.find import Wanted, count, search
from gridgov.cases.tables import Case
from gridgov.cases.workflow import SUSPENDED
from gridgov.cases.worklist import scenes
from gridgov.errors import NotFound
from gridgov.faces.joint import sentence
from gridgov.faces.serve import Serving
from gridgov.faces.waits import WHY
from gridgov.faces.worklist import line
from gridgov.insight.behind import ids_behind
from gridgov.insight.figures import OVERDUE
from gridgov.insight.overview import waiting
from gridgov.insight.reach import ROLES, Asked, reach
from gridgov.insight.sums import among
from gridgov.joint import agenda
from gridgov.joint.show import items_of, summaries
from gridgov.joint.tables import Meeting, MeetingCase
from gridgov.language import say
from gridgov.words import N_

MOST = 8  # lines of a section; the list holds them all
LISTED = 50
SECTIONS = {
    "about": N_("What this meeting is about"),
    "urgent": WHY["urgent"],
    "late": N_("Late now"),
    "returned_twice": N_("Asked to be returned twice"),
    "suspension_ends": WHY["suspension_ends"],
    "denied": WHY["denied"],
    "reopened": WHY["reopened"],
    "groups": N_("Group complaints"),
    "joint": N_("Joint cases under way"),
    "hung": N_("Suspended items of joint cases"),
}
OF_WAITING = ("urgent", "suspension_ends", "denied", "reopened")


class NoSuchSection(NotFound):
    """There is no such section of this agenda."""


def sections(s: Serving, meeting: Meeting, most: int = MOST) -> list[dict[str, Any]]:
    """Return the sections that hold something, each with how many it holds and where they are."""
    wanted = conditions(s, meeting)
    found = agenda.gathered(
        s.session, wanted, meeting.area_code, s.actor, s.at, s.known, most
    )  # fmt: skip
    lines = _lines(s, (case for section in found.values() for case in section.cases))
    return [
        {
            "name": name,
            "label": say(SECTIONS[name]),
            "count": section.number,
            "link": f"/meetings/{meeting.id}/agenda/{name}",
            "cases": [lines[case.id] for case in section.cases],
        }
        for name in SECTIONS
        if (section := found[name]).number
    ]


def behind(s: Serving, meeting: Meeting, name: str, after: str | None = None) -> dict[str, Any]:
    """Return a page of all cases of a section, the newest first, and how many there are."""
    if name not in SECTIONS:
        raise NoSuchSection
    condition = sa.and_(conditions(s, meeting)[name], agenda.in_area(meeting.area_code))
    wanted = Wanted(behind=condition, after=after, limit=LISTED)
    page = search(s.session, wanted, s.actor, s.at, s.known)
    lines = _lines(s, page.cases)
    return {
        "label": say(SECTIONS[name]),
        "count": count(s.session, wanted, s.actor, s.at, s.known),
        "cases": [lines[case.id] for case in page.cases],
        "next": page.next,
    }


def conditions(s: Serving, meeting: Meeting) -> dict[str, sa.ColumnElement[bool]]:
    """Return what makes a case one of a section, by the section's name."""
    of_waiting = waiting(s.at, s.known)
    about = sa.select(MeetingCase.case_id).where(MeetingCase.meeting_id == meeting.id)
    found = agenda.conditions() | {name: of_waiting[name] for name in OF_WAITING}
    return found | {"about": Case.id.in_(about), "late": _late(s)}


def _late(s: Serving) -> sa.ColumnElement[bool]:
    if not s.actor.holds(*ROLES):
        return sa.false()  # invited by name, whom no figures are for
    # By itself first, from the index of what can be late; the number that the wall shows.
    today = s.at.astimezone(s.known.settings.zone).date()
    asked = Asked(today, today + timedelta(days=1))
    within = reach(s.actor, s.known.office)
    found = ids_behind(s.session, OVERDUE, asked, within, s.actor, s.known, s.at)
    return among(Case.id, s.session.scalars(found))


def _lines(s: Serving, cases: Iterable[Case]) -> dict[int, dict[str, Any]]:
    each = list({case.id: case for case in cases}.values())
    if not each:
        return {}
    notes = _notes(s, each)
    return {
        scene.case.id: line(s.known, scene) | {"note": notes.get(scene.case.id)}
        for scene in scenes(s.session, each, s.actor, s.at, s.known)
    }


def _notes(s: Serving, cases: Sequence[Case]) -> Mapping[int, str]:
    """Return what a meeting wants to know of a case beside its line."""
    ids = [case.id for case in cases]
    notes = {
        key: [say(N_("%(n)s reporters"), {"n": number + 1})]
        for key, number in agenda.carried(s.session, ids).items()
    }
    joint = [case.id for case in cases if case.joint]
    for key, summary in (summaries(s.session, joint) if joint else {}).items():
        notes.setdefault(key, []).append(sentence(summary))
    hung = {case.joint_id for case in cases if case.joint_id and case.status == SUSPENDED}
    for key, reason in _reasons(s, hung).items():
        notes.setdefault(key, []).append(say(SUSPENSION_REASONS[reason]))
    return {key: " · ".join(said) for key, said in notes.items()}


def _reasons(s: Serving, joint: Iterable[int]) -> dict[int, str]:
    found = items_of(s.session, list(joint), s.actor, s.at, s.known)
    each = (item for items in found.values() for item in items)
    return {item.case.id: item.suspended_for for item in each if item.suspended_for}
