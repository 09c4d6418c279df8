"""Histories of other systems are chained like what happens here."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.audit.seal import seal
from gridgov.audit.verify import verify
from gridgov.cases.tables import Event
from gridgov.database import transaction
from tests.replay.cities import NOW, run, settings
from tests.replay.test_resume import hillside


def test_a_replayed_history_is_chained_and_sealed(fresh_engine: Engine, tmp_path: Path) -> None:
    run(fresh_engine, hillside(tmp_path, 60))
    keys = settings().keys
    with transaction(fresh_engine, write=False) as session:
        events = session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0
    assert events > 150
    assert seal(fresh_engine, keys, NOW) == events
    verdict = verify(fresh_engine, keys, NOW)
    assert verdict.sound, verdict.findings[:3]
    assert verdict.events == events
