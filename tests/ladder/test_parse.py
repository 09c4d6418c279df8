"""The ladder's file: what is wrong with it is said by name, and nothing else ever comes out."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gridgov.ladder.ladder import (
    CLOCKS,
    OWN,
    STEPS,
    TELL,
    Ladder,
    LadderWrong,
    Rung,
    data_of,
    from_data,
    parse,
)
from gridgov.worktime.rules import Kind, Limit

GOOD = '[[rung]]\nname = "near"\nat = "75 %"\n'


def rung(**lines: str) -> str:
    known = {"name": '"near"', "at": '"75 %"'} | lines
    return "[[rung]]\n" + "".join(f"{key} = {value}\n" for key, value in known.items() if value)


def test_our_own_ladder_is_right_and_comes_back_the_same() -> None:
    own = parse(OWN.read_text("utf-8"))
    assert from_data(data_of(own)) == own
    assert parse(OWN.read_bytes()) == own
    assert [one.name for one in own.rungs][:4] == ["near", "amber", "red", "district"]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("[[rung", "TOML", ""),
        ("a = " + "[" * 9000, "TOML", ""),
        ("a = " + "9" * 9000, "TOML", ""),
        (b"\xff\xfe", "file", "UTF-8"),
        ("steps = []", "file", "steps"),
        ("rung = 1", "file", "[[rung]]"),
        ("rung = {}", "file", "[[rung]]"),
        ("limits = []", "file", "[limits]"),
        ("rung = [1]", "rung 1", "name"),
        (GOOD + '[[rung]]\nat = "1 %"', "rung 2", "name"),
        (rung(name="1"), "rung 1", "name"),
        (rung(name='""'), "rung 1", "name"),
        (rung(name='"Near"'), "Near", "small letters"),
        (rung(name='"' + "a" * 31 + '"'), "a" * 31, "small letters"),
        (GOOD + GOOD, "near", "two rungs"),
        (rung(when='"now"'), "near", "when"),
        (rung(clock='"handling"'), "near", "no clock handling"),
        (rung(clock="[]"), "near", "no clock"),
        (rung(at=""), "near", "needs at"),
        (rung(after='"1 working_days"'), "near", "needs at"),
        (rung(at="75"), "near", "needs at"),
        (rung(at='"75"'), "near", "needs at"),
        (rung(at='"-75 %"'), "near", "needs at"),
        (rung(at='"7.5 %"'), "near", "needs at"),
        (rung(at='"٧٥ %"'), "near", "needs at"),
        (rung(at='"often"', after='"1 working_days"'), "near", "needs at"),
        (rung(at="", after='"1"'), "near", "3 working_days"),
        (rung(at="", after='"1 weeks"'), "near", "3 working_days"),
        (rung(at="", after='"-1 working_days"'), "near", "3 working_days"),
        (rung(at="", after='"٣ working_days"'), "near", "3 working_days"),
        (rung(steps='"warn_amber"'), "near", "steps are among"),
        (rung(steps='["close"]'), "near", "steps are among"),
        (rung(steps="[1]"), "near", "steps are among"),
        (rung(tell='["everyone"]'), "near", "tell are among"),
        (rung(tell='["head", "head"]'), "near", "twice"),
        (rung(urgency='"often"'), "near", "urgency"),
        (rung(urgency="[]"), "near", "urgency"),
        (rung(category="1"), "near", "category"),
        (rung(category='["01"]'), "near", "category"),
        (rung(category='"lamp"'), "near", "category"),
        (rung(category='"010011"'), "near", "category"),
        ('[limits]\nhandling = "1 working_days"', "limits", "no clock handling"),
        ('[limits]\nsuspension = "1 working_days"', "limits", "no clock suspension"),
        ('[limits]\nintake = "soon"', "limits.intake", "3 working_days"),
        ("[limits]\nintake = 4", "limits.intake", "3 working_days"),
        ("[limits]\nintake = []", "limits.intake", "3 working_days"),
    ],
)
def test_what_is_wrong_is_said_by_name(text: str | bytes, where: str, what: str) -> None:
    with pytest.raises(LadderWrong) as raised:
        parse(text)
    assert raised.value.values["where"] == where[:40]
    assert what in raised.value.values["what"]
    assert len(str(raised.value)) < 500


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_are_a_ladder_or_refused(found: bytes | str) -> None:
    with contextlib.suppress(LadderWrong):
        parse(found)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["near", "case", "75 %", "1 working_days", "urgent", "head", "01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)  # fmt: skip
KEYS = st.sampled_from("name clock at after steps tell category urgency other".split())


@given(
    st.dictionaries(
        st.sampled_from(["rung", "limits", "x"]),
        VALUES | st.lists(st.dictionaries(KEYS, VALUES), max_size=3),
    )
)
@example({"rung": None})
@example({"limits": None})
def test_any_data_is_a_ladder_or_refused(found: dict[str, object]) -> None:
    try:
        made = from_data(found)
    except LadderWrong:
        return
    assert from_data(data_of(made)) == made


AMOUNTS = st.decimals(0, 9999, places=2).map(lambda amount: Limit(Kind.WORKING_DAYS, amount))
RUNGS = st.builds(
    Rung,
    name=st.from_regex(r"[a-z][a-z0-9_]{0,29}", fullmatch=True),
    clock=st.sampled_from([*CLOCKS, "any"]),
    fraction=st.integers(0, 999).map(lambda hundredth: hundredth / 100),
    after=st.none(),
    steps=st.lists(st.sampled_from(sorted(STEPS)), unique=True).map(tuple),
    tell=st.lists(st.sampled_from(sorted(TELL)), unique=True).map(tuple),
    category=st.from_regex(r"[0-9]{0,5}", fullmatch=True),
    urgency=st.sampled_from(["", "normal", "urgent"]),
)


@given(st.lists(RUNGS, max_size=4, unique_by=lambda one: one.name), AMOUNTS)
def test_a_ladder_comes_back_from_the_database_as_it_was(rungs: list[Rung], limit: Limit) -> None:
    made = Ladder(tuple(rungs), {"handle": limit})
    assert from_data(data_of(made)) == made
