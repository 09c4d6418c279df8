"""What runs in the fault run, each a process of its own: schedulers, and a writer."""

from __future__ import annotations

import logging
import random
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from gridgov.cases.act import Wish, act
from gridgov.cases.known import Known, known
from gridgov.cases.placing import Location
from gridgov.cases.report import Draft, report
from gridgov.cases.tables import Case
from gridgov.database import make_engine, transaction
from gridgov.errors import GridgovError
from gridgov.jobs.run import run_slot
from gridgov.jobs.table import JOBS, Job
from gridgov.people.actors import ANYONE, person_acting
from gridgov.settings import Settings, load
from tests.support.desk import DECIDER, GIVEN
from tests.support.town import IN_G1

EVERY = timedelta(milliseconds=250)
OVER_UNIT = {"grid": "dispatcher", "street": "dispatcher", "district": "district-dispatcher"}
# What may happen next to a case in a status, and who does it.
NEXT: dict[str, tuple[tuple[str, str], ...]] = {
    "reported": (("decider", "file"), ("decider", "file"), ("decider", "ask_verify"),
                 ("decider", "ask_more"), ("decider", "merge")),
    "verifying": (("member", "verify"), ("nobody", "")),
    "waiting": (("caller", "supply"), ("nobody", "")),
    "filed": (("decider", "dispatch"),),
    "dispatched": (("handler", "accept"), ("handler", "accept"), ("over", "recall")),
    "handling": (("handler", "submit"), ("handler", "submit"), ("handler", "ask_more"),
                 ("handler", "ask_extension"), ("over", "extend")),
    "checking": (("member", "pass"), ("member", "rework")),
    "closed": (("over", "reopen"), ("nobody", "")),
    "merged": (("over", "unmerge"),),
}  # fmt: skip


def settings_of(url: str) -> Settings:
    """Return the settings of everybody in the run."""
    return load({"GRIDGOV_DATABASE_URL": url, "GRIDGOV_SECRET_KEY": "a secret of the tests"})


def sweeping(url: str, offset: Any, refused: Any, swept: Any) -> None:
    """Run the sweep slot by slot for ever, on a machine whose clock is `offset` seconds off."""
    logging.disable(logging.CRITICAL)
    engine, settings = make_engine(url), settings_of(url)
    (sweep,) = [job for job in JOBS if job.name == "sweep"]
    job = Job("sweep", EVERY, sweep.run)

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=offset.value)

    while True:
        with suppress(GridgovError, SQLAlchemyError):
            said = run_slot(engine, settings, job, clock)
            refused.value += said is not None and "clock" in said
            swept.value += said is not None and "fired" in said
        time.sleep(0.05)


def writing(url: str, seed: int, stop: Any, done: Any) -> None:
    """Report cases and move them on, as fast as it goes, until told to stop."""
    logging.disable(logging.CRITICAL)
    engine, settings, draw = make_engine(url), settings_of(url), random.Random(seed)
    while not stop.value:
        with suppress(GridgovError, SQLAlchemyError):
            with transaction(engine) as session:
                _write(session, known(session, settings), draw)
            done.value += 1
        time.sleep(draw.uniform(0, 0.02))


def _write(session: Session, known: Known, draw: random.Random) -> None:
    ids = session.scalars(sa.select(Case.id).order_by(Case.id.desc()).limit(30)).all()
    if len(ids) < 10 or draw.random() < 0.35:
        draft = Draft("a lamp is dark", "01001", location=Location(*IN_G1))
        report(session, draft, ANYONE, datetime.now(UTC), known)
        return
    # Locked before the clock is looked at, so that the instant of the step is the one of writing.
    one = sa.select(Case).where(Case.id == draw.choice(ids)).with_for_update(of=Case)
    case = session.scalars(one).one()
    who, step = draw.choice(NEXT.get(case.status, (("nobody", ""),)))
    if who == "nobody":
        return
    who = {"decider": DECIDER, "over": OVER_UNIT}.get(who, {}).get(case.level, who)
    given = dict(GIVEN.get(step, {}))
    if step == "merge":
        given = {"target": session.scalar(sa.select(Case.number).where(Case.id == ids[-1]))}
    now = datetime.now(UTC)
    actor = person_acting(known.office, who, now)
    act(session, case.number, [Wish(step, None, given)], actor, now, known)
