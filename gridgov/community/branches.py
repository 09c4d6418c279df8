"""What firms need, by branch of business: counts of cases, never of who heard them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.tables import Case
from gridgov.cases.workflow import MERGED, WITHDRAWN
from gridgov.people.actors import Actor
from gridgov.people.firms import within
from gridgov.people.roles import Role
from gridgov.people.tables import Firm

READERS = frozenset({Role.COMMITTEE, Role.DISPATCHER, Role.ORGANISER})


class Branch(NamedTuple):
    """A branch with how many firms it has, how many needs they had, and of which categories."""

    name: str | None
    firms: int
    needs: int
    by_category: Mapping[str | None, int]


def needs(
    session: Session,
    since: datetime,
    until: datetime,
    actor: Actor,
    at: datetime,
    known: Known,
) -> list[Branch]:
    """Count the needs of firms reported in a half-open period; who needs most comes first.

    Party-service cases are nobody's need of business, and in no count here.
    """
    here = within(actor, known.office, known.active(at), READERS)
    there = sa.select(Firm.branch, sa.func.count()).where(Firm.active, here).group_by(Firm.branch)
    firms: dict[str | None, int] = dict(iter(session.execute(there)))
    query = (
        sa.select(Firm.branch, Case.category_code, sa.func.count())
        .join(Case, Case.firm_code == Firm.code)
        .where(
            here,
            Case.reported_at >= since,
            Case.reported_at < until,
            Case.status.not_in([MERGED, WITHDRAWN]),
            sa.func.coalesce(Case.kind, "") != "party",
        )
        .group_by(Firm.branch, Case.category_code)
    )
    found: dict[str | None, dict[str | None, int]] = {}
    for branch, category, count in session.execute(query):
        found.setdefault(branch, {})[category] = count
    made = [
        Branch(name, firms.get(name, 0), sum(of.values()), dict(_most(of)))
        for name, of in found.items()
    ]
    return sorted(made, key=lambda one: (-one.needs, one.name or ""))


def _most(of: Mapping[str | None, int]) -> list[tuple[str | None, int]]:
    return sorted(of.items(), key=lambda one: (-one[1], one[0] or ""))
