"""A desk at which rungs fire at the test's own instants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ladder.watch import Watch
from tests.support.desk import trying
from tests.support.town import Town


@pytest.fixture
def watch(still_town: Town) -> Iterator[Watch]:
    """Give a desk with a clock in the still town; all that is done there is undone."""
    with trying(still_town) as desk:
        yield Watch(desk)
