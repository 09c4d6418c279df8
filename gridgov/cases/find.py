"""Search: the same cases from both databases, a page at a time, in a fixed number of statements."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, defer

from gridgov.cases import grams, numbers
from gridgov.cases.known import Known
from gridgov.cases.see import as_competitor, as_gis, visible
from gridgov.cases.show import PUBLIC, PUBLIC_KINDS
from gridgov.cases.tables import Case
from gridgov.cases.workflow import ENDED, OPEN
from gridgov.database import dialect_of, within_box
from gridgov.errors import BadInput
from gridgov.people.actors import Actor

MOST = 200
JOINT = aliased(Case)
GROUPS = {"open": OPEN, "ended": ENDED}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CursorWrong(BadInput):
    """This is not a page of this list; start again without `after`."""


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for; instants half-open, the box in degrees with its edges."""

    q: str | None = None
    number: str | None = None
    external_ref: str | None = None
    status: Sequence[str] = ()
    grid: str | None = None
    cell: str | None = None
    unit: str | None = None
    category: str | None = None
    channel: str | None = None
    joint: bool | None = None  # only joint cases, or only others
    item_of: str | None = None  # the number of the joint case
    since: datetime | None = None
    until: datetime | None = None
    bbox: tuple[float, float, float, float] | None = None
    limit: int = 25
    after: str | None = None
    behind: sa.ColumnElement[bool] | None = None  # a condition of rooms above, such as of a figure


@dataclass(frozen=True)
class Page:
    """Some cases, the newest first, and the cursor of what comes after them."""

    cases: Sequence[Case]
    next: str | None


def search(session: Session, wanted: Wanted, actor: Actor, at: datetime, known: Known) -> Page:
    """Return a page of what the actor may see of what is wanted."""
    query = (
        sa.select(Case)
        .where(visible(actor, known.office, at), *conditions(session, wanted))
        .where(*in_sight(wanted, actor, known))
        .order_by(Case.reported_at.desc(), Case.id.desc())
        .limit(wanted.limit + 1)
        .options(defer(Case.answers), defer(Case.result))
    )
    if wanted.after:
        query = query.where(past(*read_cursor(wanted.after)))
    found = session.scalars(query).all()
    more = len(found) > wanted.limit
    page = found[: wanted.limit]
    return Page(page, cursor(page[-1]) if more else None)


def count(session: Session, wanted: Wanted, actor: Actor, at: datetime, known: Known) -> int:
    """Return exactly how many the whole list holds."""
    shown = visible(actor, known.office, at)
    query = sa.select(sa.func.count(Case.id)).where(shown, *conditions(session, wanted))
    return session.scalar(query.where(*in_sight(wanted, actor, known))) or 0


def conditions(session: Session, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """Return what a case must hold to be what is wanted, whoever asks."""
    made = [
        getattr(Case, column) == value
        for column, value in {
            "external_ref": wanted.external_ref,
            "grid_code": wanted.grid,
            "cell_code": wanted.cell,
            "unit_code": wanted.unit,
            "channel": wanted.channel,
        }.items()
        if value is not None
    ]
    if wanted.number:
        made.append(Case.number == numbers.read(wanted.number))
    if wanted.status:
        statuses = {one for name in wanted.status for one in GROUPS.get(name, {name})}
        made.append(Case.status.in_(sorted(statuses)))
    if wanted.category:
        made.append(Case.category_code.startswith(wanted.category, autoescape=True))
    if wanted.joint is not None:
        made.append(Case.joint if wanted.joint else ~Case.joint)
    if wanted.item_of:
        made.append(
            Case.joint_id
            == sa.select(JOINT.id).where(JOINT.number == wanted.item_of).scalar_subquery()
        )
    if wanted.since:
        made.append(Case.reported_at >= wanted.since)
    if wanted.until:
        made.append(Case.reported_at < wanted.until)
    if wanted.bbox:
        made.append(within_box(dialect_of(session), Case.point, Case.id, wanted.bbox))
    if wanted.behind is not None:
        made.append(wanted.behind)
    if wanted.q:
        made.append(grams.found_by(session, wanted.q))
    return made


def in_sight(wanted: Wanted, actor: Actor, known: Known) -> list[sa.ColumnElement[bool]]:
    """Return what keeps a list from telling of a case what its detail does not show.

    GIS staff see neither the reporter's words nor where a private case lies exactly; so they find
    it by no word of those, and by no box, however narrow. No more does a grid's leader, who may be
    a competitor, find a firm's need that goes past the grid.
    """
    both = (as_gis(actor, known.office), as_competitor(actor, known.office))
    found = [one for one in both if one is not None]
    if not found:
        return []
    alone = sa.or_(*found)
    codes = sorted(one.code for one in known.categories.values() if one.public in PUBLIC)
    exact = sa.and_(~Case.confidential, Case.kind.in_(PUBLIC_KINDS), Case.category_code.in_(codes))
    made = []
    if wanted.q:
        address = sa.case((exact, sa.func.coalesce(Case.address, "")), else_="")
        told = (
            sa.func.coalesce(Case.summary, "") + "\n" + sa.func.coalesce(Case.public_text, "")
        ) + ("\n" + address)
        parts = grams.folded(wanted.q).split()
        made.append(sa.and_(*(told.icontains(part, autoescape=True) for part in parts)))
    if wanted.bbox:
        made.append(exact)
    return [sa.or_(~alone, one) for one in made]


def cursor(case: Case) -> str:
    """Return the cursor of what comes after a case, the newest first."""
    micros = (case.reported_at - EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(struct.pack(">qq", micros, case.id)).decode().rstrip("=")


def past(instant: datetime, key: int) -> sa.ColumnElement[bool]:
    """Return the condition that a case comes after an instant and a key, the newest first."""
    # Spelled out rather than as a row value, so that both engines walk the same index.
    earlier = sa.or_(Case.reported_at < instant, Case.id < key)
    return sa.and_(Case.reported_at <= instant, earlier)


def read_cursor(cursor: str) -> tuple[datetime, int]:
    """Return the instant and key that a cursor stands for; raises CursorWrong."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        micros, key = struct.unpack(">qq", raw)
        return EPOCH + timedelta(microseconds=micros), key
    except (binascii.Error, struct.error, ValueError, OverflowError) as error:
        raise CursorWrong(field="after") from error
