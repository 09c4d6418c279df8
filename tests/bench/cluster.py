"""A throw-away PostgreSQL that keeps what it commits, as one in production does.

The tests' own server leaves out every fsync; figures of it would flatter whoever commits most.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import cluster

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}


class DurableCluster(cluster.Cluster):
    """The running server, seen from the bench that owns it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gridgov-pg-", dir=cluster.open_folder()))
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


if __name__ == "__main__":
    cluster.SETTINGS.update(DURABLE)
    cluster.main(Path(sys.argv[1]))
