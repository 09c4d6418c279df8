"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import time

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.people import passwords
from gridgov.people.passwords import (
    PasswordGuessable,
    PasswordTooLong,
    PasswordTooShort,
    check,
    generated,
    hashed,
    left_over,
    outdated,
    verify,
)

NAMES = ("anna.wang", "望春街道网格治理中心", "王小明")
GUESSABLE = """
    password123 Password2024!! P@ssw0rd2026 qwertyuiop 1qaz2wsx3edc qazwsxedcrfv 1234567890
    0987654321 aaaaaaaaaaaa abcabcabcabc woaini1314520 Ningbo@2026! haishu330203 Wangchun2026
    anna.wang.2026 annawang!123 admin123456789 iloveyou19900101 19900101199001 gridgov2026!
    12345678901234567890 asdfghjkl;12 zxcvbnm123456 Admin@123456
    望春街道网格治理中心 王小明王小明王小明
    8888888888888 ABCDEFGHIJKL qwerty_qwerty 1314520woaini
""".split()
GOOD = """
    vier-Laternen-am-Kanal correct-horse-battery-staple x7Kq9mPz2wLr 河边的灯笼亮了又灭每夜三更
    Regen!tropft?leise zebra-tulpe-fjord-41
""".split()


@pytest.mark.parametrize("password", GUESSABLE)
def test_what_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(PasswordGuessable):
        check(password if len(password) >= 10 else password * 2, NAMES)


@pytest.mark.parametrize("password", GOOD)
def test_what_is_not_is_taken(password: str) -> None:
    check(password, NAMES)


def test_lengths_count_characters() -> None:
    check("xKq9mPz2wL", NAMES)
    with pytest.raises(PasswordTooShort):
        check("xKq9mPz2w", NAMES)
    check("xKq9mPz2wL" * 12 + "vHs4Rt7u", NAMES)
    with pytest.raises(PasswordTooLong):
        check("xKq9mPz2wL" * 12 + "vHs4Rt7u!", NAMES)


@given(st.integers(0, 10**12))
def test_digits_alone_never_do(number: int) -> None:
    with pytest.raises((PasswordGuessable, PasswordTooShort)):
        check(str(number) * 2 if number % 2 else str(number), NAMES)


@given(st.sampled_from(sorted(passwords.common_words())), st.integers(1930, 2035), st.text("!.@#"))
def test_a_common_word_with_a_year_never_does(word: str, year: int, marks: str) -> None:
    text = f"{word.capitalize()}{year}{marks[:3]}"
    assert len(left_over(text)) < passwords.LEFT_OVER


@settings(max_examples=100)
@given(st.integers())
def test_generated_ones_are_always_good(_: int) -> None:
    made = generated()
    assert len(made) == 19
    check(made, NAMES)


def test_a_password_is_kept_as_argon2id_and_read_on_every_keyboard() -> None:
    kept = hashed("ｖｉｅｒ Laternen am Kanal")
    assert kept.startswith("$argon2id$")
    assert verify("vier Laternen am Kanal", kept)
    assert not verify("vier Laternen am Kanal ", kept)
    assert not verify("vier Laternen am Kanal", None)
    assert not verify("vier Laternen am Kanal", "rubbish")
    assert not outdated(kept)
    assert outdated(PasswordHasher(time_cost=1, memory_cost=8192).hash("x"))


def test_whoever_is_unknown_takes_as_long() -> None:
    kept = hashed("vier Laternen am Kanal")
    verify("warm", None)

    def fastest(stored: str | None) -> float:
        times = []
        for _ in range(5):
            begun = time.process_time()  # the work alone, however busy the machine is
            verify("wrong", stored)
            times.append(time.process_time() - begun)
        return min(times)

    assert 0.5 < fastest(kept) / fastest(None) < 2
