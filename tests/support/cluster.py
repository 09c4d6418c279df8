"""A throw-away PostgreSQL with PostGIS, for one run of the tests.

The run starts this module as a process of its own and holds the pipe to its stdin. However the
run ends, killed ones included, the pipe closes, and the server goes away with its folder.

The folder says how far it is: `url` when the server takes connections, `failed` with a sentence
when it never will.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

WAIT_SECONDS = 90
PROGRAMS = Path("/usr/lib/postgresql")
MISSING = (
    "The tests need PostgreSQL 15 or newer with PostGIS: run `make test`, which installs it, or"
    " install postgresql-15-postgis-3, or name a server in GRIDGOV_TEST_POSTGRES."
)
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
    "jit": "off",
}


class NoCluster(Exception):
    """No server could be started; the message says what to do."""


class Cluster:
    """The running server, seen from the test run that owns it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gridgov-pg-", dir=memory() or open_folder()))
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the run; the server goes when the run has ended.
                start_new_session=True,
            )

    def stop(self) -> None:
        """Close the pipe and wait until the server and its folder are gone."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(WAIT_SECONDS)


def wait_for_url(folder: Path) -> str:
    """Return the server's address as soon as it takes connections; raises NoCluster."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        if (folder / "url").exists():
            return (folder / "url").read_text()
        if (folder / "failed").exists():
            raise NoCluster((folder / "failed").read_text())
        if not folder.exists():
            break
        time.sleep(0.05)
    raise NoCluster(f"PostgreSQL did not start in {WAIT_SECONDS} s; its log is in {folder}.")


def programs() -> Path:
    """Return the folder of the newest PostgreSQL that has PostGIS; raises NoCluster."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(PROGRAMS.glob("*/bin"), key=version, reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_config").exists():
            ask = [str(folder / "pg_config"), "--sharedir"]
            share = subprocess.run(ask, capture_output=True, text=True, check=True).stdout
            if (Path(share.strip()) / "extension/postgis.control").exists():
                return folder
    raise NoCluster(MISSING)


def version(folder: Path) -> int:
    """Return the number in /usr/lib/postgresql/15/bin."""
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def memory() -> str | None:
    """Return where files are kept in memory, if there is room: a database is copied in a tenth of
    the time there, and takes none of a disk's.
    """
    try:
        told = re.search(r"MemAvailable: *(\d+) kB", Path("/proc/meminfo").read_text())
    except OSError:  # another system than Linux
        return None
    if "GRIDGOV_SOAK" in os.environ or told is None or int(told[1]) << 10 < ROOM:
        return None
    fits = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return str(MEMORY) if fits else None


def open_folder() -> str | None:
    """Return where to make the folder; root's own places are closed to the user postgres."""
    if os.getuid() != 0:
        return None
    place = Path(tempfile.gettempdir()).resolve()
    return None if all(p.stat().st_mode & 0o001 for p in (place, *place.parents)) else "/var/tmp"


def demotion(folder: Path) -> Callable[[], None] | None:
    """Return how a child of root becomes the user postgres: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return None
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise NoCluster(MISSING) from None
    os.chown(folder, user.pw_uid, user.pw_gid)

    def demote() -> None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return demote


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Make the cluster and start its server; returns it with its address."""
    bin_folder, demote = programs(), demotion(folder)
    word, data = secrets.token_hex(16), folder / "data"
    (folder / "word").write_text(word)
    (folder / "word").chmod(0o644)  # the folder itself is closed to others
    made = subprocess.run(
        [
            bin_folder / "initdb", f"--pgdata={data}", "--username=postgres",
            "--auth=scram-sha-256", f"--pwfile={folder / 'word'}", "--encoding=UTF8",
            "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        ],
        preexec_fn=demote, cwd=folder, check=False,
    )  # fmt: skip
    if made.returncode:
        raise NoCluster(f"initdb failed; it said:\n{(folder / 'log').read_text()}")
    for _ in range(5):
        port = free_port()
        settings = SETTINGS | {"port": str(port), "unix_socket_directories": str(folder)}
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        server = subprocess.Popen(
            [bin_folder / "postgres", "-D", data, *options],
            preexec_fn=demote, cwd=folder, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if answers(bin_folder, server, port):
            return server, f"postgresql+psycopg://postgres:{word}@127.0.0.1:{port}/postgres"
        server.send_signal(signal.SIGQUIT)
        server.wait()
    raise NoCluster(f"PostgreSQL did not start; it said:\n{(folder / 'log').read_text()}")


def answers(bin_folder: Path, server: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server takes connections, or has ended: somebody else took the port."""
    ask = [str(bin_folder / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    until = time.monotonic() + WAIT_SECONDS / 3
    while server.poll() is None and time.monotonic() < until:
        if subprocess.run(ask, check=False).returncode == 0:
            return server.poll() is None
        time.sleep(0.05)
    return False


def main(folder: Path) -> None:
    """Serve until stdin closes, then clear away."""
    # Only the pipe decides: a signal to the whole group of the run must not leave a server behind.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    server = None
    try:
        server, url = start(folder)
        (folder / "url.new").write_text(url)
        (folder / "url.new").rename(folder / "url")
    except Exception as error:  # whatever it is, the run is waiting for an answer
        (folder / "failed.new").write_text(str(error) or repr(error))
        (folder / "failed.new").rename(folder / "failed")
    sys.stdin.buffer.read()
    if server is not None:
        server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        server.wait()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
