"""What other platforms are answered: their numbers, where the case stands, what was done."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.see import visible
from gridgov.cases.tables import Case
from gridgov.exchange.sheets import safe_cell
from gridgov.exchange.tables import Exchanged
from gridgov.people.actors import Actor
from gridgov.replay.daily_mapping import Answers, Daily
from gridgov.replay.refusals import MappingWrong

BACK = timedelta(days=30)
TIMES = frozenset({"reported_at", "due", "closed_at", "updated_at"})


class NoAnswers(MappingWrong):
    """The mapping has no [answers]: say which columns the other platform wants."""


def write_answers(
    session: Session,
    path: Path,
    daily: Daily,
    actor: Actor,
    at: datetime,
    known: Known,
    since: datetime | None = None,
) -> int:
    """Write the cases that changed lately and have a word there; returns how many."""
    answers = daily.more.answers
    if answers is None:
        raise NoAnswers
    query = (
        sa.select(Case, Exchanged.due)
        .join(Exchanged, Exchanged.case_id == Case.id)
        .where(
            visible(actor, known.office, at),
            Exchanged.channel.in_(daily.channels),
            Case.status.in_(list(answers.statuses)),
            Case.updated_at >= (since or at - BACK),
        )
        .order_by(Exchanged.ref)
    )
    book = Workbook(write_only=True)
    sheet = book.create_sheet(answers.sheet[:31])
    sheet.freeze_panes = "A2"
    head = [safe_cell(sheet, heading) for heading in answers.columns]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    count = 0
    for case, due in session.execute(query):
        told = _told(case, due, answers, known)
        sheet.append([_cell(sheet, told[name]) for name in answers.columns.values()])
        count += 1
    book.save(path)
    return count


def _told(case: Case, due: datetime | None, answers: Answers, known: Known) -> dict[str, Any]:
    unit = known.office.units.get(case.unit_code or "")
    found: dict[str, Any] = {
        "external_ref": case.external_ref,
        "number": case.number,
        "status": answers.statuses[case.status],
        "unit": unit.name if unit else None,
        "outcome": answers.outcomes.get(case.outcome or "", case.outcome),
        "result": case.result,
        "reported_at": case.reported_at,
        "due": due,
        "closed_at": case.closed_at,
        "updated_at": case.updated_at,
    }
    zone = known.zone(case.park_code)
    for name in TIMES:
        if found[name]:
            found[name] = found[name].astimezone(zone).replace(tzinfo=None, microsecond=0)
    return found


def _cell(sheet: Any, value: Any) -> Any:
    return WriteOnlyCell(sheet) if value is None else safe_cell(sheet, value)
