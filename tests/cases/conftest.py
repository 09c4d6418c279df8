"""A desk for the tests of the case's verbs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.desk import Desk, trying
from tests.support.town import Town


@pytest.fixture
def desk(still_town: Town) -> Iterator[Desk]:
    """Give a desk in the still town; all that is done at it is undone."""
    with trying(still_town) as made:
        yield made
