"""A process that delivers without end, a minute to each second: python -m tests.notices.worker

What it works on comes as JSON on the command line; whoever started it kills it.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta

import gridgov.schema  # noqa: F401 (all rows, as in any process of GridGov)
from gridgov.database import DatabaseBusy, make_engine
from gridgov.notices.deliver import deliver
from gridgov.settings import load

FASTER = 60


def at(since: datetime, started: float) -> datetime:
    """Return the instant that it is for all such processes."""
    return since + timedelta(seconds=(time.time() - started) * FASTER)


def main() -> None:
    """Deliver until killed."""
    told = json.loads(sys.argv[1])
    settings = load(told["environ"])
    engine = make_engine(told["url"])
    since = datetime.fromisoformat(told["since"])
    while True:
        try:
            deliver(engine, settings, at(since, told["started"]))
        except DatabaseBusy:
            continue
        time.sleep(0.02)


if __name__ == "__main__":
    main()
