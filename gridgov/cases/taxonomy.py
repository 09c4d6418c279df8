"""The categories as the rules see them, kept in memory while their stamp stands."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Category
from gridgov.epochs import Snapshot


class CategoryFacts(NamedTuple):
    """One category; see `gridgov.cases.tables.Category`."""

    code: str
    name: str
    name_en: str
    group: str
    group_en: str
    kind: str
    unit: str | None
    urgency: str
    limits: dict[str, tuple[str, int]]
    photo: str
    check: str
    sample_rate: float
    public: str
    needs_place: bool
    transfer: bool
    local: bool
    active: bool
    standard_ref: str | None


def _read(session: Session) -> dict[str, CategoryFacts]:
    rows = session.scalars(sa.select(Category).order_by(Category.code))
    return {
        row.code: CategoryFacts(
            row.code,
            row.name,
            row.name_en,
            row.group,
            row.group_en,
            row.kind,
            row.unit_code,
            row.urgency,
            row.limits,
            row.photo,
            row.check,
            row.sample_rate,
            row.public,
            row.needs_place,
            row.transfer,
            row.local,
            row.active,
            row.standard_ref,
        )
        for row in rows
    }


taxonomy = Snapshot("taxonomy", _read)
