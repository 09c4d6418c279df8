"""Deliverers killed at any moment, a target that misbehaves: at least once, under one key."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gridgov.notices.tables import SENT
from tests.notices.conftest import MORNING, Desk
from tests.notices.worker import at
from tests.support import database_url

NUMBER = re.compile(r"\d{6}-\d{5}-\d")
KILLS = 5
CASES = 12
PEOPLE = ("dispatcher", "leader", "head")


class Workers:
    """Processes that deliver; killed ones are replaced."""

    def __init__(self, told: str, count: int) -> None:
        self._told = told
        self._running = [self._start() for _ in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.notices.worker", self._told]
        return subprocess.Popen(command, stderr=subprocess.PIPE)

    def kill(self, which: int) -> None:
        self._running[which].kill()
        self._running[which].communicate()
        self._running[which] = self._start()

    def stop(self) -> None:
        for one in self._running:
            one.kill()
            print((one.communicate()[1] or b"").decode()[-2000:])  # shown where the test fails


@contextmanager
def workers(desk: Desk, started: float, count: int) -> Iterator[Workers]:
    environ = {
        "GRIDGOV_DATABASE_URL": database_url(desk.engine),
        "GRIDGOV_SECRET_KEY": "a secret of the tests",
        "GRIDGOV_NOTICE_HOSTS_ALLOWED": "127.0.0.1",
    }
    told = {"environ": environ, "url": database_url(desk.engine), "started": started}
    made = Workers(json.dumps(told | {"since": MORNING.isoformat()}), count)
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.slow
def test_deliverers_killed_at_random_lose_nothing_and_use_one_key(desk: Desk) -> None:
    count = 1 if desk.engine.dialect.name == "sqlite" else 3
    draw = random.Random(7)
    for person in PEOPLE:
        desk.channel(person, f"{desk.target.apprise}/{person}")
    numbers = [desk.case() for _ in range(CASES)]
    desk.target.plan = draw.choices(["ok", "500", "drop"], [2, 1, 1], k=60)
    started = time.time()
    with workers(desk, started, count) as running:
        time.sleep(2.0)  # they take a while to start
        for turn in range(KILLS):
            for number in numbers[turn::KILLS]:
                for person in PEOPLE:
                    desk.notice(number, person, urgent=True, at=at(MORNING, started))
            time.sleep(draw.uniform(0.05, 1.5))
            running.kill(draw.randrange(count))
        ends = time.time() + 300  # it takes some seconds
        while time.time() < ends and not _all_told(desk, numbers):
            time.sleep(0.2)
    assert set(desk.states()) == {SENT}, [(one.state, one.error) for one in desk.messages()]

    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in desk.target.taken:
        for number in NUMBER.findall(one.body):
            keys[one.path, number].add(one.key)
    assert len(keys) == CASES * len(PEOPLE)
    assert {len(found) for found in keys.values()} == {1}


def _all_told(desk: Desk, numbers: list[str]) -> bool:
    told = {(one.path, number) for one in desk.target.taken for number in NUMBER.findall(one.body)}
    return len(told) == len(numbers) * len(PEOPLE) and set(desk.states()) == {SENT}
