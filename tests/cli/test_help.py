"""`--help` of every command, and Click's own words, in the terminal's language."""

from __future__ import annotations

import gettext
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from itertools import pairwise

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from gridgov.cli import main
from gridgov.cli.columns import CLOSES, OPENS, filled, width
from tests.support.catalogue import helps

CHINESE = {"LC_ALL": "zh_CN.UTF-8"}
QUOTED = re.compile(r"`[^`]+`")
SENTENCE = re.compile(r"[A-Za-z]*[a-z]+ [a-z]+ [a-z]+")
CLICKS = ("Usage", "Options:", "Commands:", "Show this", "default:", "required", "COMMAND", "ARGS")


def run(environ: Mapping[str, str], *words: str) -> str:
    """Run Python as a terminal of such an environment does."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("LANG")}
    done = subprocess.run(
        [sys.executable, *words], env=base | environ, stdout=subprocess.PIPE, check=True
    )
    return done.stdout.decode()


def pages(environ: Mapping[str, str]) -> dict[str, str]:
    return dict(json.loads(run(environ, "-m", "tests.support.help_pages")))


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    return pages(CHINESE)


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    return pages({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"})


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_in_chinese_no_english_is_left(chinese: dict[str, str]) -> None:
    ours = {squeezed(message) for message, _ in helps() if " " in message}
    assert len(chinese) > 60
    for words, page in chinese.items():
        usage, text = page.split("\n", 1)
        assert usage.startswith(f"用法: gridgov {words}".rstrip()), words
        assert "显示本帮助后退出。" in text, words
        assert not SENTENCE.search(QUOTED.sub("", text)), page
        assert not [word for word in CLICKS if word in page], page
        assert not [message for message in ours if message in squeezed(page)], page


def test_in_english_every_page_is_as_written(english: dict[str, str]) -> None:
    everything = squeezed("".join(english.values()))
    for words, page in english.items():
        assert page.startswith(f"Usage: gridgov {words}".rstrip()), words
        assert re.search(r"--help +Show this message and exit\.", page), words
    prompt = "Their api_key (empty: none)"
    for message, place in helps():
        assert message == prompt or squeezed(message) in everything, (place, message)


def test_no_line_is_wider_than_the_terminal(chinese: dict[str, str]) -> None:
    for page in chinese.values():
        for line in page.splitlines():
            # What is typed is not broken, as nowhere.
            assert width(line) <= 80 or len(line.split()) <= 2, line


def test_the_second_column_stands_straight(chinese: dict[str, str]) -> None:
    listed = chinese[""].split("命令:\n")[1].splitlines()
    starts = {re.match(r"(  \S+ +|\s+)", line)[0] for line in listed}  # type: ignore[index]
    assert len({width(start) for start in starts}) == 1


@pytest.mark.parametrize("more", [{}, {"LANGUAGE": "en"}, {"LANGUAGE": "zh_CN:zh"}])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["token", "add"], "错误：缺少参数 'LOGIN'"),
        (["export", "x.gpkg"], "错误：缺少选项 '--layer'"),
        (["export", "x.gpkg", "--layer", "roads"], "'roads' 不在可选范围内"),
        (["case", "report", "--lon", "east"], "'--lon' 的值无效：'east' 不是有效的数值"),
        (["serve", "--prot", "1"], "没有选项 '--prot'"),
        (["stepp"], "没有命令 'stepp'"),
        (["federation", "add"], "用法: gridgov federation add [选项] UNIT URL"),
    ],
)
def test_click_complains_in_chinese(more: dict[str, str], words: list[str], said: str) -> None:
    before = gettext.textdomain()
    language = os.environ.get("LANGUAGE")
    done = CliRunner().invoke(main, words, env=CHINESE | more, prog_name="gridgov")
    assert done.exit_code == 2
    assert said in done.stderr
    assert not SENTENCE.search(done.stderr.split("\n\n")[-1]), done.stderr
    assert (gettext.textdomain(), os.environ.get("LANGUAGE")) == (before, language)


def test_click_complains_in_english() -> None:
    done = CliRunner().invoke(main, ["token", "add"], env={"LC_ALL": "C.UTF-8"}, prog_name="g")
    assert "Error: Missing argument 'LOGIN'." in done.stderr


def test_without_a_place_for_clicks_words_ours_are_chinese_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    done = CliRunner().invoke(main, ["token", "add", "--help"], env=CHINESE, prog_name="gridgov")
    assert done.exit_code == 0
    assert "生成令牌" in done.stdout


@pytest.mark.parametrize("environ", [CHINESE, {"LC_ALL": "C.UTF-8"}])
def test_a_command_is_imported_alone(environ: dict[str, str]) -> None:
    asked = "import sys; from gridgov.cli import main; main(['workflow', '--help'], 'gridgov', "
    told = "standalone_mode=False); print(*sorted(m for m in sys.modules if 'gridgov.cli.' in m))"
    said = run(environ, "-c", asked + told).splitlines()[-1]
    assert said.split() == ["gridgov.cli.columns", "gridgov.cli.help", "gridgov.cli.workflow"]


SIGNS = "网格治理的ab-[](（《，。、；：？！）》”"


@given(st.text(st.sampled_from(SIGNS + " "), max_size=80), st.integers(4, 40))
def test_lines_hold_the_whole_text(text: str, most: int) -> None:
    lines = filled(text, most)
    assert squeezed("".join(lines)) == squeezed(text)
    assert lines == [line.strip() for line in lines]


@given(st.text(st.sampled_from(SIGNS), max_size=80), st.integers(4, 40))
def test_lines_end_where_they_may(text: str, most: int) -> None:
    lines = filled(text, most)
    for above, below in pairwise(lines):
        assert above[-1] not in OPENS
        assert below[0] not in CLOSES
        # They would not have stood in one line.
        assert width(above + below) > most


@given(st.text(st.sampled_from("网格治理的"), max_size=80), st.integers(4, 40))
def test_lines_of_ideographs_are_full(text: str, most: int) -> None:
    for line in filled(text, most)[:-1]:
        assert most - 1 <= width(line) <= most
