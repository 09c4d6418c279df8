"""Sending side by side, each within its time; and the caller's instant as it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from gridgov.errors import Unavailable


class Unanswered(Unavailable):
    """The other side did not answer in time."""


class Clock:
    """The caller's instant, and what has passed since."""

    def __init__(self, now: datetime) -> None:
        self._now, self._since = now, time.monotonic()

    def __call__(self) -> datetime:
        """Return the instant it is by now."""
        return self._now + timedelta(seconds=time.monotonic() - self._since)


class Sending(threading.Thread):
    """One message on its way; a daemon, so that a hanging target cannot keep the process."""

    def __init__(self, send: Callable[[], None]) -> None:
        super().__init__(daemon=True, name="notice")
        self._send, self._error = send, cast(BaseException | None, Unanswered())
        self.start()

    def run(self) -> None:
        """Send."""
        try:
            self._send()
        except BaseException as error:
            self._error = error
        else:
            self._error = None

    def outcome(self, timeout: float) -> BaseException | None:
        """Wait; returns what went wrong, or None when it is out."""
        self.join(timeout)
        return Unanswered() if self.is_alive() else self._error
