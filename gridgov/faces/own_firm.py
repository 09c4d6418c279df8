"""A firm's page as the firm itself reads it: what it reported, what visitors heard, what it is due.

A need that a visitor wrote down is followed by number and code, which the firm was given then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridgov.cases.cooperate import carriers
from gridgov.cases.find import cursor
from gridgov.cases.tables import Case
from gridgov.cases.workflow import MERGED, Status, status_label
from gridgov.community.firm_cases import cases_of, heard
from gridgov.faces import firms, meetings, views
from gridgov.faces.firms import Pages
from gridgov.faces.serve import Serving
from gridgov.joint.invite import of_firm
from gridgov.joint.told import told_of_many
from gridgov.language import say
from gridgov.people.actors import by_code
from gridgov.people.tables import Firm


def page(s: Serving, firm: Firm, pages: Pages) -> dict[str, Any]:
    """Return a firm as whoever asks may see it, which may be the firm itself."""
    own = s.actor.firm == firm.code
    return _own(s, firm, pages) if own else firms.whole(s, firm, pages)


def _own(s: Serving, firm: Firm, pages: Pages) -> dict[str, Any]:
    wanted = pages.after, pages.cases
    reported = cases_of(s.session, firm.code, s.actor, s.at, s.known, *wanted)
    said, more_said = heard(s.session, firm.code, *wanted)
    about = firms.about(s, firm, pages)
    refs = [visit["ref"] for visit in about["visits"]]
    # The visits and the cases that stand on a page need not be each other's.
    on_visits = heard(s.session, firm.code, refs=refs).cases
    needs = {one.id: one for one, _ in (*said, *on_visits)}
    lines = {key: _heard(s, one) for key, one in needs.items()}
    lines |= {one.id: firms.case(s, one) for one in reported.cases}
    found = {one.id: one for one in (*reported.cases, *(one for one, _ in said))}
    both = sorted(found.values(), key=_place, reverse=True)
    # Of two lists that go on, what lies beyond the end of either waits for the next page.
    ends = [reported.cases[-1]] if reported.more else []
    ends += [said[-1][0]] if more_said else []
    end = max(ends, key=_place, default=None)
    if end is not None:
        both = [one for one in both if _place(one) >= _place(end)]
    visits = [
        visit
        | {"needs": [lines[one.id] for one, ref in reversed(on_visits) if ref == visit["ref"]]}
        for visit in about["visits"]
    ]
    return about | {
        "cases": [lines[one.id] for one in both],
        "next": cursor(end) if end is not None else None,
        "visits": visits,
        "promised": _promised(s, both),
        "meetings": meetings.short(s, of_firm(s.session, firm.code, s.at, s.known)),
    }


def _place(case: Case) -> tuple[datetime, int]:
    return case.reported_at, case.id


def _heard(s: Serving, case: Case) -> dict[str, Any]:
    code = s.known.settings.keys.query_code(case.number)
    return firms.case(s, case, by_code(case.number)) | {"query_code": code}


def _promised(s: Serving, cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Return the items of the firm's joint cases in plain facts, as any reporter is told."""
    joint: dict[int, tuple[Case, str]] = {}
    for own, one in _carried(s, list(cases)):
        if one.joint:  # which may be another's: its number is theirs
            joint.setdefault(one.id, (one, own.number))
    items = told_of_many(s.session, [one for one, _ in joint.values()])
    return [
        {
            "number": None,
            "of": number,
            "title": item.text,
            "status": item.status,
            "status_name": say(status_label(Status(item.status), item=True)),
            "unit": views.unit(s.known, item.unit),
            "result": item.result,
        }
        for one, number in joint.values()
        for item in items[one.id]
    ]


def _carried(s: Serving, cases: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """Yield each case with what carries it, itself where it was not merged."""
    merged = {case.id for case in cases if case.status == MERGED}
    last = {key: by for key, (by, _) in carriers(s.session, merged).items()}
    query = sa.select(Case).where(Case.id.in_(last.values()))
    found = {case.id: case for case in s.session.scalars(query)} if last else {}
    for case in cases:
        yield case, found[last[case.id]] if case.id in last else case
