"""Visits of the weeks before: by leaders, members and organisers, to the firms where they work."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.community.visit import VisitDraft, record
from gridgov.demo.ground import Ground
from gridgov.people.actors import person_acting
from gridgov.people.roles import Role
from gridgov.people.tables import Firm

COUNT, BACK_DAYS, LATELY = 120, 150, 20  # asked again only after the latest
MET = (("owner",), ("administration",), ("owner", "party"), ("staff",), ("nobody",))


def visits(session: Session, ground: Ground, start: datetime, seed: int) -> None:
    """Record visits without needs: those of the story have come on their own ways."""
    rng = Random(seed)  # noqa: S311 (a story, no secret)
    known, office = ground.known, ground.known.office
    active, today = known.active(start), start.astimezone(known.settings.zone).date()
    street = next(iter(known.maps.parks.values())).street_code
    organisers = [duty.person for duty in office.on_duty(Role.ORGANISER, street, start)]
    firms = session.scalars(
        sa.select(Firm).where(Firm.active, Firm.point.is_not(None)).order_by(Firm.code)
    ).all()
    for place, firm in enumerate(rng.sample(list(firms), min(COUNT, len(firms)))):
        located = active.locate(*firm.point) if firm.point else None
        grid = located.grid if located else ""
        held = [
            *office.on_duty(Role.MEMBER, grid, start),
            *office.on_duty(Role.LEADER, grid, start),
        ]
        people = organisers if place % 6 == 0 else [duty.person for duty in held]
        if not people:
            continue
        person = rng.choice(people)
        on = today - timedelta(days=rng.randint(1, BACK_DAYS))
        late = (today - on).days > LATELY
        again = None if late else on + timedelta(days=rng.choice([7, 14, 30]))
        actor = person_acting(office, person, start, ground.accounts.get(person))
        draft = VisitDraft(firm.code, on, rng.choice(MET), follow_up_on=again)
        record(session, draft, actor, start, known)
