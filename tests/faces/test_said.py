"""What a step was given, in words: sentences one after another as each language writes them."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gridgov.faces.said import given, together


def test_no_blank_follows_a_full_stop_of_chinese() -> None:
    assert together(["一。", "二？", "三", "四"]) == "一。二？三 四"
    assert together(["One.", "Two."]) == "One. Two."
    assert together([]) == ""


def test_a_label_that_asks_is_answered_without_a_colon(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"contacted": True, "satisfaction": "satisfied"}
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert given(cast("Any", None), told)[0] == "Did the unit contact you? Yes."
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert together(given(cast("Any", None), told)) == "承办单位是否联系过您？是。满意度：满意。"
