"""Appends seals to a file, to be kept where nobody who can change the database can change it."""

from __future__ import annotations

import json
import logging
import os
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from gridgov.audit.rows import hold, mark
from gridgov.audit.seal import exported
from gridgov.audit.tables import Seal
from gridgov.database import transaction

log = logging.getLogger(__name__)

BATCH = 1000
LONGEST = 4096  # more than any line has
EXPORT = "export"


def export(engine: Engine | Connection, file: Path, at: datetime) -> tuple[int, str | None]:
    """Append the seals that are not in the file yet; returns how many, and what went wrong.

    What could not be written is tried again at the next run.
    """
    done = 0
    while True:
        with transaction(engine) as session:
            before = hold(session, EXPORT, at)
            # Another file begins with the first seal.
            same = before.get("file") == str(file)
            number = before.get("number", 0) if same else 0
            after = sa.select(Seal).where(Seal.number > number).order_by(Seal.number).limit(BATCH)
            seals = session.scalars(after).all()
            lines = "".join(json.dumps(exported(one)) + "\n" for one in seals)
            error = None
            try:
                _append(file, lines.encode())
            except OSError as why:
                error = why.strerror or str(why)
                log.error("seals cannot be written to %s: %s", file, error)
            else:
                done += len(seals)
                number = seals[-1].number if seals else number
            mark(session, EXPORT, at, {"file": str(file), "number": number, "error": error})
        if error or len(seals) < BATCH:
            return done, error


def _append(file: Path, lines: bytes) -> None:
    if not lines:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as out:
        _cut_torn_line(out)
        out.write(lines)
        out.flush()
        os.fsync(out.fileno())


def _cut_torn_line(out: BinaryIO) -> None:
    """Drop a line that a crash left unfinished: its seal is written again."""
    size = out.seek(0, os.SEEK_END)
    start = max(0, size - LONGEST)
    out.seek(start)
    tail = out.read(LONGEST)
    if tail and not tail.endswith(b"\n"):
        out.truncate(start + tail.rfind(b"\n") + 1)
