"""`make soak` runs these, `make test` does not: they take minutes, or as long as one lets them.

GRIDGOV_SOAK_CALLS is how many calls are fuzzed in all, GRIDGOV_SOAK_ROWS how large the sets are.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CALLS = int(os.environ.get("GRIDGOV_SOAK_CALLS", "100000"))
ROWS = int(os.environ.get("GRIDGOV_SOAK_ROWS", "1000000"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pass over all of this room unless it was asked for."""
    if "GRIDGOV_SOAK" in os.environ:
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="make soak"))
