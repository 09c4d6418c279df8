"""An extension is asked for before the limit, not when there is nothing left to extend."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gridgov.cases.refusals import LimitPassed
from tests.support.desk import Desk


def test_the_handler_asks_before_the_limit(desk: Desk) -> None:
    case = desk.stage("handling")
    with desk.undone():
        desk.act(case, "handler", "ask_extension", reason="parts")
        assert case.pending["kind"] == "extension"
    desk.at += timedelta(days=30)
    with pytest.raises(LimitPassed):
        desk.act(case, "handler", "ask_extension", reason="parts")
