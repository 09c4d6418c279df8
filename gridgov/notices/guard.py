"""Where messages may be sent: never to this machine or its neighbours, unless a setting names them.

What is checked is the very address that a socket connects to, after the name was looked up, so
that neither a name that points inside nor a redirect gets around it. Python's own audit event
makes this hold for every library that sends.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gridgov.errors import GridgovError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
# Addresses that carry another one inside: relays to it may stand in between.
TUNNELS = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "2002::/16", "2001::/32")))

_here = threading.local()
_lock = threading.Lock()
_watching = False


class HostNotAllowed(GridgovError):
    """%(host)s is an address of this site's own; name it in notice_hosts_allowed to send there."""


@contextmanager
def guarded(allowed: Sequence[str]) -> Iterator[None]:
    """Refuse what this thread connects to inside, but for public and allowed addresses."""
    _watch()
    _here.allowed = tuple(network for entry in allowed for network in networks(entry))
    try:
        yield
    finally:
        _here.allowed = None


def networks(entry: str) -> list[Network]:
    """Return what an entry of the setting stands for: a network, an address, or a host's."""
    try:
        return [ipaddress.ip_network(entry, strict=False)]
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(entry, None)
    except OSError:
        return []
    return [ipaddress.ip_network(str(one[4][0]).partition("%")[0]) for one in found]


def permitted(host: str, allowed: Sequence[Network]) -> bool:
    """Tell whether an address may be sent to."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address.version == network.version and address in network for network in allowed):
        return True
    tunnelled = address.version == 6 and any(address in network for network in TUNNELS)
    return address.is_global and not address.is_multicast and not tunnelled


def _watch() -> None:
    global _watching
    with _lock:
        if not _watching:
            sys.addaudithook(_audit)  # it cannot be taken away again, so only once
            _watching = True


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if event not in EVENTS:
        return
    allowed = getattr(_here, "allowed", None)
    if allowed is None:
        return
    where = args[1]
    host = str(where[0]) if isinstance(where, tuple) else str(where)
    if not permitted(host, allowed):
        raise HostNotAllowed(host=host)
