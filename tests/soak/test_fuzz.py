"""A hundred thousand calls that were made up, by everybody, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.test_schemathesis import case_in, none, problems
from tests.soak.conftest import CALLS
from tests.support.town import PEOPLE, RESIDENT, Town

EVERYBODY = [None, RESIDENT, *PEOPLE]
EACH = -(-CALLS // (2 * len(EVERYBODY)))


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who or "nobody")
def test_whatever_is_sent_is_answered_as_documented(town: Town, who: str | None) -> None:
    calls = 0

    def count(answer: Any) -> Any:
        nonlocal calls
        calls += 1
        return answer

    town.app.after_request_funcs.setdefault(None, []).append(count)
    try:
        examples = -(-EACH // _operations(town))
        none(problems(town, who, case_in(town), examples))
    finally:
        town.app.after_request_funcs[None].remove(count)
    print(f"{who or 'nobody'}: {calls} calls")
    assert calls >= EACH // 2


def _operations(town: Town) -> int:
    paths = town.get("/openapi.json").json["paths"]
    return sum(len(methods.keys() - {"parameters"}) for methods in paths.values())
