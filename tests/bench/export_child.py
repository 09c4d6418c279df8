"""An export in a process of its own: python -m tests.bench.export_child URL FORMAT FILE LOGIN

Prints how many rows it wrote, how many seconds that took, and the most memory it ever had (MiB).
"""

from __future__ import annotations

import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from gridgov import schema  # noqa: F401 (all tables, as the application has them)
from gridgov.cases.known import known
from gridgov.database import make_engine, transaction
from gridgov.exchange.export import Asked, prepare
from gridgov.people.accounts import acting
from gridgov.settings import load


def main(url: str, form: str, file: str, login: str) -> None:
    """Export all cases that an account may see."""
    settings = load({"GRIDGOV_DATABASE_URL": url, "GRIDGOV_SECRET_KEY": "a secret of the benches"})
    engine, at = make_engine(url), datetime.now(UTC)
    with transaction(engine, write=False) as session:
        actor, found = acting(session, login, at), known(session, settings)
        datum = "wgs84" if form == "geojson" else "cgcs2000"
        began = perf_counter()
        ready = prepare(session, Asked(("cases",), form, datum), actor, at, found)
        rows = ready.write(Path(file))
        seconds = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(rows, seconds, peak)


if __name__ == "__main__":
    main(*sys.argv[1:])
