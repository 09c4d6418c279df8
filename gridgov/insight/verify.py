"""Holds the roll-ups against a full computation of every case."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.tables import Case
from gridgov.insight.histogram import ranked, unpack
from gridgov.insight.keep import row
from gridgov.insight.measures import COUNTS, MINUTES, OF_FILING, OF_REPORT
from gridgov.insight.read import judge
from gridgov.insight.roll import ALL, BY_DAY, CELL, WITH_ITEMS, monday
from gridgov.insight.state import moved_on, state
from gridgov.insight.tables import CardRow, D, Digest, R, Rollup
from gridgov.insight.totals import Totals

BATCH = 5_000


def verify(session: Session, known: Known) -> Iterator[str]:
    """Yield what is not as it should be, in words; nothing where all is well."""
    found = state(session)
    if found is None or not found.complete:
        yield "there are no roll-ups"
        return
    moved = set(moved_on(session, found))
    sums: dict[tuple[object, ...], Totals] = {}
    last = 0
    while ids := session.scalars(
        sa.select(Case.id).where(Case.id > last).order_by(Case.id).limit(BATCH)
    ).all():
        last = ids[-1]
        kept = {one["case_id"]: dict(one) for one in session.execute(
            sa.select(Digest.__table__).where(D.case_id.in_(ids))).mappings()}  # fmt: skip
        carded = session.execute(
            sa.select(CardRow.case_id, sa.func.count())
            .where(CardRow.case_id.in_(ids))
            .group_by(CardRow.case_id)
        )
        cards = {row.case_id: row[1] for row in carded}
        for one in judge(session, ids, known):
            ours = kept.get(one.case_id)
            if one.case_id not in moved:
                if ours != row(one):
                    yield f"case {one.case_id}: its row is not what its events say"
                if cards.get(one.case_id, 0) != len(one.measured.cards):
                    yield f"case {one.case_id}: its cards are not what its events say"
        for own in kept.values():
            _add(sums, own)
    yield from _compare(session, sums)


def _add(sums: dict[tuple[object, ...], Totals], own: dict[str, object]) -> None:
    for name in (*BY_DAY, CELL):
        value = "" if name == ALL else own["channel" if name == "channel" else f"{name}_code"]
        for day, counts in ((own["filed_on"], OF_FILING), (own["reported_on"], OF_REPORT)):
            if value is None or day is None or (name == CELL and counts is OF_REPORT):
                continue
            if own["item"] and name not in WITH_ITEMS:
                continue
            at = monday(day) if name == CELL else day  # type: ignore[arg-type]
            key = (name, value, at, own["area_code"], own["sort"])
            totals = sums.setdefault(key, Totals())
            totals.add_counts({c: own[c] for c in counts})  # type: ignore[misc]
            if counts is OF_FILING:
                totals.add_minutes({c: own[f"m_{c}"] for c in MINUTES})  # type: ignore[misc]


def _compare(session: Session, sums: dict[tuple[object, ...], Totals]) -> Iterator[str]:
    seen = set()
    for line in session.execute(sa.select(Rollup.__table__).order_by(R.day)).mappings():
        key = tuple(line[name] for name in ("dimension", "value", "day", "area_code", "sort"))
        seen.add(key)
        wanted = sums.get(key, Totals())
        minutes = {name: ranked([part]) for name, part in unpack(line["minutes"]).items()}
        there = {name: found for name, found in wanted.clocks().items() if found["n"]}
        same = all(line[name] == wanted.counts[name] for name in COUNTS)
        if not same or minutes != there:
            yield f"{key}: the sums are not those of the cases"
    for key, wanted in sums.items():
        if key not in seen and any(wanted.counts.values()):
            yield f"{key}: there are no sums"
