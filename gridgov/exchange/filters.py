"""The filters of a list of cases, held so that none tells what the view itself does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.find import Wanted, conditions
from gridgov.cases.tables import Case
from gridgov.database import dialect_of, within_box
from gridgov.exchange.detail import Detail


def filtered(
    session: Session, wanted: Wanted, detail: Detail, places: Mapping[str, Any]
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions; `places` are points, in degrees, that stand for cells.

    A narrow box must not find the place of a case that is shown as its cell, nor a word be found
    in a text that is not shown.
    """
    made = conditions(session, replace(wanted, bbox=None, q=None))
    if wanted.q:
        made += [*conditions(session, Wanted(q=wanted.q)), detail.text]
    if wanted.bbox:
        west, south, east, north = wanted.bbox
        inside = [c for c, p in places.items() if west <= p.x <= east and south <= p.y <= north]
        near = within_box(dialect_of(session), Case.point, Case.id, wanted.bbox)
        coarse = sa.and_(~detail.exact, Case.cell_code.in_(sorted(inside)))
        made.append(sa.or_(sa.and_(detail.exact, near), coarse))
    return made
