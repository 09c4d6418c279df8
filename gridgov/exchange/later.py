"""Exports that are made later: asked for, made by a job with its progress told, kept for a day.

Who asked is looked up again when the file is made: a duty that ended meanwhile shows nothing more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.cases.find import Wanted
from gridgov.cases.known import Known, known
from gridgov.database import transaction
from gridgov.errors import GridgovError, NotSignedIn
from gridgov.escalation.sweep import database_now
from gridgov.exchange.export import Asked, filters_of, note, prepare
from gridgov.exchange.refusals import ExportMissing, ExportNotReady, TooManyExports
from gridgov.exchange.tables import Export
from gridgov.people.actors import Actor, person_acting
from gridgov.people.office import office
from gridgov.people.tables import Account
from gridgov.settings import Settings

log = logging.getLogger(__name__)

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
KEPT = timedelta(days=1)
DEAD_AFTER = timedelta(minutes=10)  # without a sign of life
MOST = 5  # waiting or running, of one account
TOLD_EVERY_S = 2.0


@dataclass(frozen=True)
class Made:
    """What one run did."""

    done: int
    failed: int
    forgotten: int


def ask(session: Session, asked: Asked, actor: Actor, at: datetime, known: Known) -> Export:
    """Take in what somebody wants; a wrong wish is refused now. Raises as `export.prepare`."""
    if actor.account is None:
        raise NotSignedIn
    ready = prepare(session, asked, actor, at, known)
    waiting = session.scalar(
        sa.select(sa.func.count())
        .select_from(Export)
        .where(Export.account_id == actor.account, Export.state.in_([WAITING, RUNNING]))
    )
    if (waiting or 0) >= MOST:
        raise TooManyExports(count=waiting)
    made = Export(
        account_id=actor.account,
        asked=_kept(asked),
        state=WAITING,
        total=ready.count,
        name=ready.name,
        media_type=ready.way.form.media_type,
        asked_at=at,
        expires_at=at + KEPT,
    )
    session.add(made)
    session.flush()
    return made


def find(session: Session, key: int, actor: Actor, at: datetime) -> Export:
    """Return an export of somebody's own. Raises ExportMissing."""
    found = session.get(Export, key) if key < 2**31 else None
    if found is None or found.account_id != actor.account or found.expires_at <= at:
        raise ExportMissing(field="key")
    return found


def file_of(export: Export, settings: Settings) -> Path:
    """Return where the file of an export lies. Raises ExportNotReady, ExportMissing."""
    if export.state != DONE:
        raise ExportNotReady(field="key")
    path = _path(settings, export.id)
    if not path.exists():
        raise ExportMissing(field="key")
    return path


def make_due(engine: Engine, settings: Settings, now: datetime) -> Made:
    """Make what waits, one after the other, and forget what is past its day."""
    forgotten = _forget(engine, settings, now)
    done = failed = 0
    while (key := _claim(engine)) is not None:
        if _make(engine, settings, key, now):
            done += 1
        else:
            failed += 1
    return Made(done, failed, forgotten)


def folder(settings: Settings) -> Path:
    """Return the folder of files that are handed out, made where it is missing."""
    found = settings.files / "exports"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def _path(settings: Settings, key: int) -> Path:
    return folder(settings) / str(key)


def _forget(engine: Engine, settings: Settings, now: datetime) -> int:
    with transaction(engine) as session:
        old = list(session.scalars(sa.select(Export.id).where(Export.expires_at <= now)))
        session.execute(sa.delete(Export).where(Export.id.in_(old)))
    for key in old:
        _path(settings, key).unlink(missing_ok=True)
    return len(old)


def _claim(engine: Engine) -> int | None:
    """Take the oldest that waits, or whose maker died."""
    with transaction(engine) as session:
        at = database_now(session)
        free = sa.or_(
            Export.state == WAITING,
            sa.and_(Export.state == RUNNING, Export.beat_at < at - DEAD_AFTER),
        )
        found = (
            sa.select(Export.id).where(free).order_by(Export.id).limit(1)
            .with_for_update(skip_locked=True)
        )  # fmt: skip
        key = session.scalar(found)
        if key is not None:
            taken = sa.update(Export).where(Export.id == key)
            session.execute(taken.values(state=RUNNING, beat_at=at, done=0))
        return key


def _make(engine: Engine, settings: Settings, key: int, now: datetime) -> bool:
    path = _path(settings, key)
    # GDAL goes by the suffix, and a file half written must not pass for one.
    try:
        with transaction(engine, write=False) as session:
            row = session.get_one(Export, key)
            found, asked = known(session, settings), _read(row.asked)
            actor = _actor(session, row.account_id, now)
            ready = prepare(session, asked, actor, now, found)
            half = path.with_name(f"{key}-{ready.name}")
            half.unlink(missing_ok=True)
            rows = ready.write(half, _teller(engine, key))
            half.replace(path)
    except GridgovError as error:
        log.error("export %s: %s", key, error)
        with transaction(engine) as session:
            session.execute(sa.update(Export).where(Export.id == key).values(state=FAILED))
        return False
    with transaction(engine) as session:
        ended = {"state": DONE, "done": rows, "size": path.stat().st_size}
        session.execute(sa.update(Export).where(Export.id == key).values(ended))
        note(session, asked, rows, actor, now, found)
    return True


def _actor(session: Session, account_id: int, at: datetime) -> Actor:
    account = session.get_one(Account, account_id)
    if not account.active:
        raise NotSignedIn
    return person_acting(office(session), account.person_code, at, account.id)


def _teller(engine: Engine, key: int) -> Callable[[int], None]:
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told < TOLD_EVERY_S:
            return
        told = time.monotonic()
        with transaction(engine) as session:
            beat = {"done": done, "beat_at": database_now(session)}
            session.execute(sa.update(Export).where(Export.id == key).values(beat))

    return tell


_INSTANTS = ("since", "until")


def _kept(asked: Asked) -> dict[str, Any]:
    filters = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in filters_of(asked.wanted).items()
    }
    return asdict(replace(asked, wanted=Wanted())) | {"wanted": filters}


def _read(kept: dict[str, Any]) -> Asked:
    filters: dict[str, Any] = {name: _filter(name, v) for name, v in kept["wanted"].items()}
    given: dict[str, Any] = kept | {"layers": tuple(kept["layers"]), "wanted": Wanted(**filters)}
    return Asked(**given)


def _filter(name: str, value: Any) -> Any:
    if name in _INSTANTS:
        return datetime.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
