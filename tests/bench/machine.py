"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import sqlalchemy as sa

from gridgov.database import make_engine


def described(server: str | None) -> str:
    """Return one line: processor, cores, memory, and the versions of what was measured."""
    parts = [
        f"{_processor()}, {os.cpu_count()} cores, {_memory_gb()} GB",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
    ]
    if server:
        parts.append(_versions(server, "SHOW server_version", "PostgreSQL"))
    parts.append(_versions("sqlite://", "SELECT sqlite_version()", "SQLite"))
    parts.append(_versions("sqlite://", "SELECT spatialite_version()", "SpatiaLite"))
    return "; ".join(parts)


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory_gb() -> int:
    found = re.search(r"^MemTotal:\s*(\d+) kB", _read("/proc/meminfo"), re.MULTILINE)
    return round(int(found[1]) / 2**20) if found else 0


def _read(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


def _versions(url: str, question: str, name: str) -> str:
    engine = make_engine(url)
    with engine.connect() as connection:
        answer = str(connection.scalar(sa.text(question)))
    engine.dispose()
    return f"{name} {answer.split()[0]}"
