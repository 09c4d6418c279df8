"""Sends one message by its channel, outside any transaction, within its time."""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import apprise
from apprise.attachment.memory import AttachMemory

from gridgov.errors import GridgovError, Unavailable, trace
from gridgov.notices.gateway import Wire, call, read
from gridgov.notices.guard import guarded
from gridgov.notices.papers import Paper
from gridgov.notices.rules import PHONES
from gridgov.settings import Settings

log = logging.getLogger(__name__)

CONNECT_S, READ_S = 5.0, 15.0
LONGEST_SMS = 500


@dataclass(frozen=True)
class Outgoing:
    """A message with its address, ready to go."""

    key: str
    kind: str
    address: str = field(repr=False)
    title: str
    body: str
    urgent: bool
    papers: tuple[Callable[[], Paper], ...] = field(default=(), repr=False)


Send = Callable[[Outgoing], None]
"""Sends, or raises; whatever it raises, the message is tried again under the same key."""


class NotTaken(Unavailable):
    """The other side did not take it: %(why)s."""


class NoGateway(Unavailable):
    """No gateway for %(kind)s is set up in the file that the setting gateway names."""


@dataclass(frozen=True)
class Sender:
    """Sends through Apprise, and what goes to a telephone through the gateway."""

    allowed: tuple[str, ...]
    secret: str
    wires: Mapping[str, Wire]

    @classmethod
    def of(cls, settings: Settings) -> Sender:
        """Return the sender of an installation. Raises GatewayWrong."""
        return cls(settings.notice_hosts_allowed, settings.gateway_secret, read(settings.gateway))

    @property
    def phones(self) -> bool:
        """Tell whether there is a gateway."""
        return bool(self.wires)

    def __call__(self, message: Outgoing) -> None:
        """Send; raises a sentence where it did not work."""
        attached = _attached(message)
        with guarded(self.allowed):
            try:
                if message.kind in PHONES:
                    self._phone(message)
                else:
                    _apprise(message, attached)
            except (OSError, http.client.HTTPException) as error:
                raise NotTaken(why=type(error).__name__) from error

    def _phone(self, message: Outgoing) -> None:
        wire = self.wires.get(message.kind)
        if wire is None:
            raise NoGateway(kind=message.kind)
        values = {
            "to": message.address.partition(":")[2],
            "title": message.title,
            "text": (message.body or message.title).replace("\n", " ")[:LONGEST_SMS],
            "key": message.key,
            "secret": self.secret,
        }
        call(wire, values, READ_S)


def _apprise(message: Outgoing, attached: Any) -> None:
    plugin: Any = apprise.Apprise.instantiate(message.address)
    if plugin is None:
        raise NotTaken(why="?")
    plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT_S, READ_S
    # A redirect would carry the message to where nobody meant it to go.
    plugin.redirects = False
    if isinstance(getattr(plugin, "headers", None), dict):
        plugin.headers["Idempotency-Key"] = message.key
    kind = apprise.NotifyType.WARNING if message.urgent else apprise.NotifyType.INFO
    with _overheard() as said:
        taken = plugin.notify(
            body=message.body or message.title,
            title=message.title,
            notify_type=kind,
            **({"attach": attached} if attached else {}),
        )
    if not taken:
        raise NotTaken(why=" ".join(said)[:200].rstrip(". "))


def _attached(message: Outgoing) -> Any:
    """Make what goes with a message; what cannot be made is left out: its link stands there."""
    found = apprise.AppriseAttachment()
    for make in message.papers:
        try:
            paper = make()
        except Exception as error:
            log.warning("a message goes without its paper: %s", trace(error))
            continue
        made: Any = AttachMemory(paper.data, name=paper.name, mimetype=paper.media_type)  # type: ignore[no-untyped-call]
        found.add(made)
    return found if len(found) else None


class _Ear(logging.Handler):
    """Keeps what this thread's sending says goes wrong; Apprise tells it to its log alone."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread = threading.get_ident()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        if record.thread == self.thread:
            self.said.append(record.getMessage())


@contextmanager
def _overheard() -> Iterator[list[str]]:
    log, ear = logging.getLogger("apprise"), _Ear()
    log.addHandler(ear)
    try:
        yield ear.said
    finally:
        log.removeHandler(ear)


def sentence(error: BaseException) -> str:
    """Return what an administrator reads of a failure; never the address, which may be secret."""
    return str(error) if isinstance(error, GridgovError) else type(error).__name__
