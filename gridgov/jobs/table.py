"""All jobs, in one table: how often, and what they do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.audit.export import export
from gridgov.audit.seal import seal
from gridgov.callbacks.keep import keep
from gridgov.cases.adopt_map import adopt
from gridgov.cases.hand_over import hand_over
from gridgov.cases.known import known
from gridgov.database import transaction
from gridgov.escalation.sweep import sweep
from gridgov.exchange.later import make_due
from gridgov.federation import hand_off as federated
from gridgov.insight import keep as rollups
from gridgov.insight.announce import announce
from gridgov.jobs.tables import Tick
from gridgov.joint.remind import remind
from gridgov.notices.calls import call_all
from gridgov.notices.deliver import deliver
from gridgov.notices.once import holders, tell_once
from gridgov.notices.papers import Maker
from gridgov.notices.seals import send_seals
from gridgov.people.roles import Role
from gridgov.privacy import retain
from gridgov.settings import Settings
from gridgov.storage.store import LocalFolder
from gridgov.worktime.rules import missing_years

log = logging.getLogger(__name__)

Run = Callable[[Engine, Settings, datetime], str]
KEPT = timedelta(days=14)


@dataclass(frozen=True)
class Job:
    """A job: its slots are all multiples of `every` since 1970, or that, `offset` later."""

    name: str
    every: timedelta
    run: Run
    offset: timedelta = timedelta()

    def slot(self, now: datetime) -> datetime:
        """Return the slot that an instant belongs to."""
        since = datetime.fromtimestamp(0, now.tzinfo) + self.offset
        return since + ((now - since) // self.every) * self.every


def _sweep(engine: Engine, settings: Settings, now: datetime) -> str:
    swept = sweep(engine, settings, now)
    return f"{len(swept.fired)} fired, {len(swept.stuck)} stuck"


def _adopt(engine: Engine, settings: Settings, now: datetime) -> str:
    with transaction(engine) as session:
        return f"{len(adopt(session, now, known(session, settings)))} handed over"


def _duties(engine: Engine, settings: Settings, now: datetime) -> str:
    with transaction(engine) as session:
        handed = hand_over(session, now, known(session, settings))
        return f"{len(handed)} ended, {sum(one.cases for one in handed)} cases handed over"


def _calendar(engine: Engine, settings: Settings, now: datetime) -> str:
    with transaction(engine) as session:
        seen = known(session, settings)
        calendar = seen.calendar(None)
        missing, month = missing_years(calendar, now), f"{now.astimezone(calendar.zone):%Y-%m}"
        admins = holders(seen.office, Role.SYSTEM_ADMIN, now)
        for year in missing:
            reason = f"{year} {month}"
            tell_once(session, admins, "calendar_missing", reason, {"year": year}, now)
    if not missing:
        return ""
    years = ", ".join(map(str, missing))
    log.warning("the holidays of %s are not loaded; run `gridgov calendar import FILE`", years)
    return f"not loaded: {years}"


def _tidy(engine: Engine, settings: Settings, now: datetime) -> str:
    with transaction(engine) as session:
        gone = session.execute(sa.delete(Tick).where(Tick.slot < now - KEPT))
        return f"{gone.rowcount} slots forgotten"  # type: ignore[attr-defined]


def _notices(engine: Engine, settings: Settings, now: datetime, papers: Maker | None = None) -> str:
    done = deliver(engine, settings, now, papers=papers)
    return f"{done.notices} notices; {done.sent} sent, {done.failed} failed, {done.dead} given up"


def _webhooks(engine: Engine, settings: Settings, now: datetime) -> str:
    done = call_all(engine, settings, now)
    return f"{done.sent} sent, {done.failed} failed, {done.dead} given up"


def _callbacks(engine: Engine, settings: Settings, now: datetime) -> str:
    done = keep(engine, settings, now)
    return f"{done.opened} opened, {done.ended} over"


def _federation(engine: Engine, settings: Settings, now: datetime) -> str:
    done = federated.run(engine, settings, now)
    said = f"{done.sent} handed over, {done.steps} steps"
    return f"{said}, {done.failed} failed, {done.dead} given up"


def _retention(engine: Engine, settings: Settings, now: datetime) -> str:
    done = retain.run(engine, settings, LocalFolder(settings.files), now)
    return ", ".join(f"{count} {name}" for name, count in done.dump().items())


def _exports(engine: Engine, settings: Settings, now: datetime) -> str:
    done = make_due(engine, settings, now)
    return f"{done.done} made, {done.failed} failed, {done.forgotten} forgotten"


def _seal(engine: Engine, settings: Settings, now: datetime) -> str:
    sealed = seal(engine, settings.keys, now)
    done, error = export(engine, settings.seals_file, now)
    return f"{sealed} entries sealed, {done} seals exported" + (f"; {error}" if error else "")


def _seal_late(engine: Engine, settings: Settings, now: datetime) -> str:
    return f"{seal(engine, settings.keys, now, whole=True)} entries sealed late"


def _seals_out(engine: Engine, settings: Settings, now: datetime) -> str:
    sent, error = send_seals(engine, settings, now)
    return f"{sent} seals sent" + (f"; {error}" if error else "")


def _figures(engine: Engine, settings: Settings, now: datetime) -> str:
    done = rollups.keep(engine, settings)
    return f"{done.cases} cases of {done.days} days counted again"


def _reports(engine: Engine, settings: Settings, now: datetime) -> str:
    with transaction(engine) as session:
        return f"{announce(session, known(session, settings), now)} told of a report"


def _resolutions(engine: Engine, settings: Settings, now: datetime) -> str:
    with transaction(engine) as session:
        return f"{remind(session, known(session, settings), now)} told of what is due"


JOBS: tuple[Job, ...] = (
    Job("sweep", timedelta(seconds=10), _sweep),
    Job("notices", timedelta(seconds=10), _notices),
    Job("webhooks", timedelta(seconds=10), _webhooks),
    Job("seal", timedelta(seconds=10), _seal),
    # Apart from sealing, which another machine's silence must not hold up.
    Job("seals_out", timedelta(seconds=10), _seals_out),
    Job("seal_late", timedelta(days=1), _seal_late, timedelta(hours=18)),
    Job("federation", timedelta(minutes=1), _federation),
    Job("callbacks", timedelta(minutes=5), _callbacks),
    Job("duties", timedelta(minutes=5), _duties),
    Job("exports", timedelta(seconds=10), _exports),
    Job("map", timedelta(minutes=10), _adopt),
    Job("figures", timedelta(minutes=1), _figures),
    Job("reports", timedelta(hours=1), _reports),
    Job("resolutions", timedelta(hours=1), _resolutions),
    Job("calendar", timedelta(days=1), _calendar),
    Job("tidy", timedelta(days=1), _tidy),
    # At 03:00 in China, when nobody works.
    Job("retention", timedelta(days=1), _retention, timedelta(hours=19)),
)


def with_papers(papers: Maker) -> tuple[Job, ...]:
    """Return all jobs, where those that send notices let papers be made to go with them."""
    sending = partial(_notices, papers=papers)
    return tuple(replace(job, run=sending) if job.run is _notices else job for job in JOBS)
