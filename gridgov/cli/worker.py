"""The worker of `gridgov serve`: gunicorn's with threads, which stays with whoever asks again."""

from __future__ import annotations

import select
from threading import Lock
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

STAYS_MS = 2


class Worker(ThreadWorker):  # type: ignore[misc]
    """Answers what follows at once on a connection in the thread that has it.

    Gunicorn's own gives a connection back to the process' main thread after every answer, which
    watches it and wakes a thread again: a fifth of a report's time on a busy server. Who waits
    for a thread comes first, so that busy connections keep nobody else out.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what gunicorn gives."""
        super().__init__(*args, **kwargs)
        self._waiting = 0
        self._lock = Lock()

    def enqueue_req(self, conn: Any) -> None:
        """Let a connection wait for a thread."""
        self._count(1)
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Answer a request, and those that follow it at once."""
        self._count(-1)
        kept = super().handle(conn)
        while kept is True and self._stays(conn):
            kept = super().handle(conn)
        return kept

    def _count(self, change: int) -> None:
        with self._lock:
            self._waiting += change

    def _stays(self, conn: Any) -> bool:
        if self._waiting or not self.alive or conn.is_http2:
            return False
        if conn.parser.unreader.buf.getvalue():
            return True  # it has sent more already
        poll = select.poll()
        poll.register(conn.sock, select.POLLIN)
        return bool(poll.poll(STAYS_MS))
