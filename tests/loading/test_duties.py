"""Any succession of files: history stays, the same file again changes nothing, one leader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count

from hypothesis import event, given
from hypothesis import strategies as st

from gridgov.loading.columns import Row
from gridgov.loading.duties import Held, Plan, plan
from gridgov.loading.problems import Problem
from tests.loading.files import NOW, ZONE

days = st.one_of(st.none(), st.integers(-6, 6).map(lambda n: date(2026, 11, 22) + timedelta(n)))
lines = st.fixed_dictionaries(
    {
        "person": st.sampled_from("ab"),
        "role": st.sampled_from(["leader", "member"]),
        "place": st.sampled_from(["g1", "g2"]),
        "deputy": st.booleans(),
        "begins": days,
        "ends": days,
    }
)
files = st.lists(lines, max_size=4)


def rows(file: Sequence[dict[str, object]]) -> list[Row]:
    return [Row("duties.csv", n, dict(line), {}) for n, line in enumerate(file, start=2)]


class Rows:
    """What a database does with a plan."""

    def __init__(self) -> None:
        self.held: dict[int, Held] = {}
        self._ids = count(1)

    def plan(self, file: Sequence[dict[str, object]], now: datetime) -> Plan | None:
        problems: list[Problem] = []
        made = plan(rows(file), list(self.held.values()), now, ZONE, problems, retire=True)
        return None if problems else made

    def write(self, made: Plan) -> None:
        for duty in made.ended:
            assert duty.id is not None
            assert self.held[duty.id]._replace(ends=None) == duty._replace(ends=None)
            self.held[duty.id] = duty
        for duty in made.begun:
            new = next(self._ids)
            self.held[new] = duty._replace(id=new)
        keys = [(*duty.key, duty.begins) for duty in self.held.values()]
        assert len(keys) == len(set(keys))


@given(st.lists(st.tuples(files, st.integers(0, 5)), max_size=5))
def test_any_succession_of_files(history: list[tuple[list[dict[str, object]], int]]) -> None:
    stored, now = Rows(), NOW.astimezone(UTC)
    for file, later in history:
        now += timedelta(days=later, seconds=1)
        over = {duty for duty in stored.held.values() if duty.over(now)}
        made = stored.plan(file, now)
        if made is None:
            event("refused")
            continue
        stored.write(made)
        assert over <= set(stored.held.values()), "history was rewritten"
        again = stored.plan(file, now + timedelta(seconds=1))
        assert again is not None and not again.begun and not again.ended, "not the same again"
        leaders = [d for d in stored.held.values() if d.role == "leader" and not d.deputy]
        for grid in ("g1", "g2"):
            standing = [d for d in leaders if d.place == grid and not d.over(max(now, d.begins))]
            for one in standing:
                for other in standing:
                    apart = one.id == other.id or not overlap(one, other)
                    assert apart, "two leaders at a time"


def overlap(one: Held, other: Held) -> bool:
    first, second = sorted((one, other), key=lambda duty: duty.begins)
    return first.ends is None or max(first.begins, second.begins) < first.ends
