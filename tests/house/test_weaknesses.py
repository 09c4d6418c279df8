"""`make check` fails for a known weakness, and for nothing else that the register says."""

from __future__ import annotations

from typing import Any

from tests.support.weaknesses import told

FINE: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
WEAK: dict[str, Any] = {
    "name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}],
}  # fmt: skip
UNASKED: dict[str, Any] = {"name": "c", "skip_reason": "not found"}


def test_without_an_answer_nothing_is_wrong() -> None:
    for silent in (None, [], [UNASKED]):
        said, wrong = told(silent)
        assert "no register" in said
        assert not wrong


def test_a_known_weakness_is_named_with_the_version_that_mends_it() -> None:
    said, wrong = told([FINE, WEAK, UNASKED])
    assert wrong
    assert "2 of 3" in said
    assert "b 2: PYSEC-1 (mended in 3)" in said
    assert told([FINE])[1] is False
