"""GridGov behind gunicorn as a process of its own, and clients that cost little."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from tests.support.cluster import free_port

WORKERS, CLIENTS = 2, 4
WAIT_SECONDS = 60


@contextmanager
def serving(environ: dict[str, str]) -> Iterator[int]:
    """Serve as `gridgov serve` does; give the port."""
    port = free_port()
    command = [sys.executable, "-m", "gridgov", "serve", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "--workers", str(WORKERS)],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _wait(server, port)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=WAIT_SECONDS)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            link = HTTPConnection("127.0.0.1", port, timeout=5)
            link.request("GET", "/readyz")
            if link.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    server.terminate()
    raise RuntimeError(f"gunicorn did not start: {server.communicate()[1].decode()[-2000:]}")


def load(port: int, requests: list[dict[str, Any]], seconds: float, status: int) -> float:
    """Send these requests over and over by four clients; return how many were served a second."""
    with NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(requests, file)
        file.flush()
        client = Path(__file__).with_name("client.py")
        given = [str(port), file.name, str(CLIENTS), str(seconds), str(status)]
        done = subprocess.run(
            [sys.executable, client, *given], stdout=subprocess.PIPE, check=True, text=True
        )
    return float(done.stdout)
