"""The harbour: a made-up city of few rows, each with its target and verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Case, Event
from gridgov.ladder.tables import RungRow
from gridgov.notices.tables import Notice

HARBOUR = """
as_of = 2021-03-01
[number]
column = "id"
[channel]
name = "harbour"
[times]
zone = "Asia/Shanghai"
opened = "opened"
closed = "closed"
target = "due"
[status]
column = "status"
values = { Open = "handling", Check = "verifying", Asked = "waiting", Closed = "closed" }
[verdict]
column = "verdict"
values = { good = "on_time", late = "overdue" }
[category]
column = "kind"
create = true
[unit]
column = "unit"
create = true
prefix = "quay-"
[park]
code = "harbour"
name = "Harbour"
street = "990004001"
[map]
community = "990004001001"
square = [121.49, 29.88, 121.5, 29.89]
target_m2 = 100000
"""
HEADINGS = "id,opened,closed,due,status,verdict,kind,unit"
DUE = datetime(2021, 2, 2, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def harbour(folder: Path, *lines: str, **changed: str) -> tuple[Path, Path]:
    text = HARBOUR
    for old, new in changed.items():
        text = text.replace(old, new)
    (folder / "harbour.csv").write_text("\n".join([HEADINGS, *lines]), "utf-8")
    (folder / "harbour.toml").write_text(text, "utf-8")
    return folder / "harbour.csv", folder / "harbour.toml"


def line(ref: str, closed: str = "", due: str = "2021-02-02 12:00:00", **more: str) -> str:
    given = {"opened": "2021-02-01 09:00:00", "status": "Closed" if closed else "Open"} | more
    word, kind = given.get("verdict", ""), given.get("kind", "Crane")
    return f"{ref},{given['opened']},{closed},{due},{given['status']},{word},{kind},Quay"


def rung(session: Session, ref: str, name: str, clock: str = "case") -> RungRow | None:
    return session.scalars(
        sa.select(RungRow)
        .join(Case, Case.id == RungRow.case_id)
        .where(Case.external_ref == ref, RungRow.name == name, RungRow.clock == clock)
    ).one_or_none()


def steps(session: Session, ref: str) -> list[tuple[str, datetime]]:
    query = sa.select(Event).join(Case).where(Case.external_ref == ref).order_by(Event.version)
    return [(event.step, event.at) for event in session.scalars(query)]


def notices(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Notice)) or 0
