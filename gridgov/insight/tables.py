"""The rows of figures: what each case counts for, and sums of that.

None of these is a source of anything: `gridgov figures rebuild` makes them all anew from events.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import Model, UtcDateTime
from gridgov.insight.measures import COUNTS, MINUTES

LATE_OF = ["filed_on", "area_code", "sort", "item", "grid_code", "cell_code", "unit_code",
           "category_code", "channel"]  # fmt: skip


def _counts() -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in COUNTS]


class Digest(Model):
    """What one case counts for, as of its event `version`; see `insight.rules.Measured`.

    Minutes are whole working minutes of the clocks of that name that have ended, taken together.
    """

    __table__ = sa.Table(
        "figure_cases",
        Model.metadata,
        sa.Column(
            "case_id", sa.Integer, sa.ForeignKey("cases.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reported_on", sa.Date, nullable=False),
        sa.Column("filed_on", sa.Date),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("grid_code", sa.String(32)),
        sa.Column("cell_code", sa.String(15)),
        sa.Column("unit_code", sa.String(32)),
        sa.Column("category_code", sa.String(5)),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("sort", sa.String(10), nullable=False),
        # An item of a joint case counts under its unit only.
        sa.Column("item", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
        sa.Column("excused", sa.Boolean, nullable=False),
        sa.Column("case_due", UtcDateTime()),
        sa.Column("handle_due", UtcDateTime()),
        *_counts(),
        *(sa.Column(f"m_{name}", sa.Integer) for name in MINUTES),
        sa.Index("ix_figure_cases_filed_on", "filed_on"),
        sa.Index("ix_figure_cases_reported_on", "reported_on"),
        sa.Index("ix_figure_cases_grid_code", "grid_code", "filed_on"),
        sa.Index("ix_figure_cases_unit_code", "unit_code", "filed_on"),
        # All that passing time alone can make late.
        sa.Index(
            "ix_figure_cases_due",
            "filed_on",
            postgresql_where=sa.text("case_due IS NOT NULL OR handle_due IS NOT NULL"),
            sqlite_where=sa.text("case_due IS NOT NULL OR handle_due IS NOT NULL"),
        ),
        # What is late is counted, and the longest late found, without looking at a case's row.
        sa.Index(
            "ix_figure_cases_late",
            "case_due",
            "case_id",
            postgresql_include=LATE_OF,
            postgresql_where=sa.text("case_due IS NOT NULL"),
            sqlite_where=sa.text("case_due IS NOT NULL"),
        ),
    )


class CardRow(Model):
    """A card of a case, of the unit that it was given to, on its day."""

    __tablename__ = "figure_cards"
    __table_args__ = (sa.Index("ix_figure_cards_day", "day"),)

    case_id: Mapped[int] = mapped_column(
        sa.ForeignKey("cases.id"), primary_key=True, autoincrement=False
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date]
    unit_code: Mapped[str | None] = mapped_column(sa.String(32))
    answer_due: Mapped[datetime] = mapped_column(UtcDateTime())
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class Rollup(Model):
    """The sums of one day, area and sort, for one value of one dimension.

    Dimensions are `all`, `grid`, `category`, `channel`, `unit`; and `cell`, whose days are the
    Mondays of their weeks. One row for each grid × category × channel would be a row for nearly
    each case, so what is asked for by two of them is summed from the cases' own rows.
    """

    __table__ = sa.Table(
        "figure_days",
        Model.metadata,
        sa.Column("dimension", sa.String(10), primary_key=True),
        sa.Column("value", sa.String(32), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("area_code", sa.String(12), primary_key=True),
        sa.Column("sort", sa.String(10), primary_key=True),
        *_counts(),
        # Histograms of minutes, packed by `insight.histogram`.
        sa.Column("minutes", sa.LargeBinary, nullable=False),
    )


class State(Model):
    """How far the roll-ups have come; exactly one row once there are any.

    All events up to `event_id` are in them. `next_event_id` will be, once every transaction that
    was running at `next_snapshot` has ended: until then one of them may commit a lower event id.
    """

    __tablename__ = "figure_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run: Mapped[int]
    basis: Mapped[str] = mapped_column(sa.String(64))  # limits, ladder and calendar
    map_stamp: Mapped[int] = mapped_column(sa.BigInteger)
    event_id: Mapped[int]
    next_event_id: Mapped[int]
    next_snapshot: Mapped[int] = mapped_column(sa.BigInteger)
    complete: Mapped[bool]  # false while a rebuild is under way
    beat: Mapped[datetime] = mapped_column(UtcDateTime())  # when a rebuild was last seen at work


D: Any = Digest.__table__.c
R: Any = Rollup.__table__.c
