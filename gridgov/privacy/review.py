"""Old texts that no rule lets go by itself: somebody looks, and blanks or keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gridgov.audit.journal import journal
from gridgov.cases import numbers
from gridgov.cases.known import Known
from gridgov.privacy.data_map import rules
from gridgov.privacy.erase import JOURNAL, TEXT, erase
from gridgov.privacy.refusals import NotUnderReview
from gridgov.privacy.retain import for_review
from gridgov.privacy.tables import TextReview


def listed(session: Session, at: datetime, known: Known) -> list[dict[str, Any]]:
    """Return the cases whose text is up for review; what it says is read in the case itself."""
    return [
        {"number": case.number, "category": case.category_code, "closed_at": case.closed_at}
        for case in for_review(session, rules(known.settings), at)
    ]


def decide(session: Session, number: str, at: datetime, known: Known, *, blank: bool) -> list[str]:
    """Blank a case's old text, or keep it until the next review. Raises NotUnderReview."""
    kept, wanted = rules(known.settings), numbers.read(number)
    case = next((one for one in for_review(session, kept, at) if one.number == wanted), None)
    if case is None:
        raise NotUnderReview
    if blank:
        return erase(session, case, [TEXT], "retention", at, known)
    session.merge(TextReview(case_id=case.id, at=at, again_at=at + kept.review_again))
    data = {"number": case.number}
    journal(session, known.settings.keys, at, "text_kept", journal=JOURNAL, data=data)
    session.flush()
    return []
