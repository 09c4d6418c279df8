"""A throw-away PostgreSQL that can be stopped at once and started again in the middle of a run."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.support import cluster

# What is committed must be there after the restart; the machine itself does not go down.
SETTINGS = {"synchronous_commit": "on", "full_page_writes": "on"}


class Restartable(cluster.Cluster):
    """The running server, seen from the run that owns it."""

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
        self._restarts = 0

    def restart(self) -> None:
        """Let the server die without a word to anybody, and start again on what it has kept."""
        assert self._process.stdin is not None
        self._restarts += 1
        self._process.stdin.write(b"restart\n")
        self._process.stdin.flush()
        until = time.monotonic() + cluster.WAIT_SECONDS
        while not (self.folder / f"restarted-{self._restarts}").exists():
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.05)


def again(folder: Path, url: str) -> subprocess.Popen[bytes]:
    """Start the server on the data that are there."""
    port = make_url(url).port or 0
    settings = cluster.SETTINGS | {"port": str(port), "unix_socket_directories": str(folder)}
    options = [part for item in settings.items() for part in ("-c", "=".join(item))]
    bin_folder = cluster.programs()
    server = subprocess.Popen(
        [bin_folder / "postgres", "-D", folder / "data", *options],
        preexec_fn=cluster.demotion(folder), cwd=folder, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert cluster.answers(bin_folder, server, port)
    return server


def main(folder: Path) -> None:
    """Serve until stdin closes, then clear away."""
    cluster.SETTINGS.update(SETTINGS)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    server = None
    try:
        server, url = cluster.start(folder)
        (folder / "url.new").write_text(url)
        (folder / "url.new").rename(folder / "url")
        for restarts, _ in enumerate(sys.stdin.buffer, 1):
            server.send_signal(signal.SIGQUIT)
            server.wait()
            server = again(folder, url)
            (folder / f"restarted-{restarts}").touch()
    except Exception as error:
        (folder / "failed").write_text(repr(error))
        sys.stdin.buffer.read()
    if server is not None:
        server.send_signal(signal.SIGQUIT)
        server.wait()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
