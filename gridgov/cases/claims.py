"""How many wishes (微心愿) one account may have claimed at once, so that the others get theirs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.claiming import HELD
from gridgov.cases.known import Known
from gridgov.cases.refusals import ClaimedEnough
from gridgov.cases.tables import Case
from gridgov.cases.workflow import CLOSED, EVALUATED
from gridgov.people.actors import Actor
from gridgov.people.tables import Account

UNDER_WAY = HELD - {CLOSED, EVALUATED}


def under_way(session: Session, account: int) -> int:
    """Return how many wishes an account has claimed that have not come true yet."""
    query = sa.select(sa.func.count(Case.id)).where(
        Case.claimant_id == account, Case.status.in_(sorted(UNDER_WAY))
    )
    return session.scalar(query) or 0


def one_more(session: Session, actor: Actor, known: Known) -> None:
    """Let an account claim one more; raises ClaimedEnough."""
    if actor.account is None:
        return
    # One claim of an account after another, so that of two at once each is counted.
    own = sa.select(Account.id).where(Account.id == actor.account)
    session.execute(own.with_for_update(key_share=True))
    most = known.settings.max_claims
    if under_way(session, actor.account) >= most:
        raise ClaimedEnough(most=most)
