"""Where nothing may be sent to."""

from __future__ import annotations

import ipaddress
import socket
import threading

import pytest

from gridgov.notices.guard import HostNotAllowed, guarded, networks, permitted
from tests.notices.target import Target


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::",
        "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "ff02::1", "localhost", "/run/postgresql", "",
    ],
)  # fmt: skip
def test_addresses_inside_are_refused(host: str) -> None:
    assert not permitted(host, ())


@pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_not(host: str) -> None:
    assert permitted(host, ())


def test_what_the_setting_names_is_allowed() -> None:
    inside = networks("10.1.2.0/24")
    assert permitted("10.1.2.3", inside)
    assert not permitted("10.1.3.3", inside)
    assert networks("127.0.0.1") == [ipaddress.ip_network("127.0.0.1/32")]
    assert any(permitted("127.0.0.1", [one]) for one in networks("localhost"))
    assert networks("no-such-host.invalid") == []


def test_a_name_that_points_inside_is_refused_when_it_is_connected_to(bell: Target) -> None:
    with guarded(()), pytest.raises(HostNotAllowed):
        socket.create_connection(("localhost", bell.port), timeout=2)
    with guarded(("127.0.0.0/8", "::1")):
        socket.create_connection(("localhost", bell.port), timeout=2).close()


def test_other_threads_and_later_connections_are_left_alone(bell: Target) -> None:
    went: list[bool] = []

    def other() -> None:
        socket.create_connection(("127.0.0.1", bell.port), timeout=2).close()
        went.append(True)

    with guarded(()):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert went == [True]
    other()
