"""A day's exchange with another platform: a sheet of 500 rows, played twice, and its answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa

from gridgov.audit.tables import Entry
from gridgov.cases.tables import Case, Event, Reporter
from gridgov.database import transaction
from gridgov.ladder.tables import RungRow
from gridgov.replay.daily_mapping import ANSWERS, read_daily
from tests.exchange.test_command import line
from tests.support.town import IN_G1, SOUTH, STEP, WEST, Town

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime.now(UTC).replace(microsecond=0)
EXAMPLE = Path("config/exchange/hotline12345.toml")
HEADINGS = ["工单编号", "来电时间", "办理时限", "诉求类型", "诉求内容", "经度", "纬度", "事发地址",
            "诉求人", "联系电话", "紧急程度", "是否保密", "催单次数", "追加内容",
            "是否撤单"]  # fmt: skip
ROWS = 500
DUE = (NOW + timedelta(days=3)).astimezone(ZONE).replace(tzinfo=None)
BAD: dict[int, tuple[str, Any, str]] = {
    # row: (heading, what stands there, why it is refused)
    7: ("工单编号", None, "ref_missing"),
    11: ("来电时间", "昨天", "time_unreadable"),
    13: ("诉求类型", "没有这一类", "category_unknown"),
    17: ("经度", "望春路", "coordinates_unreadable"),
    19: ("纬度", 95, "coordinates_out_of_range"),
    23: ("联系电话", "不详", "phone_wrong"),
    29: ("工单编号", "NB00030", "ref_twice"),
    31: ("来电时间", "2199-01-01 00:00", "time_outside"),
    37: ("办理时限", "尽快", "time_unreadable"),
}


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """Give the example, for the town of the tests."""
    text = EXAMPLE.read_text("utf-8").replace("haishu-ec-park", "park").replace("gcj02", "wgs84")
    path = tmp_path / "mapping.toml"
    path.write_text(text, "utf-8")
    return path


def sheet(path: Path, change: dict[int, dict[str, Any]] | None = None, rows: int = ROWS) -> Path:
    """Write what the platform hands out: a title, the headings, the rows, some of them bad."""
    book = openpyxl.Workbook()
    page = book.active
    page.append(["12345 热线转办单"])
    page.append(HEADINGS)
    for n in range(1, rows + 1):
        opened = (NOW - timedelta(hours=2, minutes=n)).astimezone(ZONE).replace(tzinfo=None)
        row: dict[str, Any] = {
            "工单编号": f"NB{n:05d}",
            # Platforms mix dates that are dates with dates that are texts.
            "来电时间": opened if n % 2 else opened.strftime("%Y/%m/%d %H:%M"),
            "办理时限": DUE if n % 3 else None,
            "诉求类型": ("路灯照明", "井盖设施", "噪音扰民")[n % 3],
            "诉求内容": f"=1+1 第 {n} 件" if n % 50 == 0 else f"路灯不亮 {n}",
            "经度": WEST + STEP * (n % 37) / 10 if n % 5 else 0,
            "纬度": SOUTH + STEP * (0.05 + (n % 9) / 10) if n % 5 else 0,
            "事发地址": f"望春路 {n} 号",
            "诉求人": "王小明",
            "联系电话": 13800000000 + n,
            "紧急程度": "普通",
            "是否保密": "是" if n % 100 == 1 else "否",
            "催单次数": 0,
            "追加内容": None,
            "是否撤单": "否",
        }
        if n in BAD:
            row[BAD[n][0]] = BAD[n][1]
        row |= (change or {}).get(n, {})
        page.append([row[heading] for heading in HEADINGS])
    book.save(path)
    return path


def play(town: Town, path: Path, mapping: Path) -> Any:
    refused = path.with_suffix(".csv")
    done = line(town, "exchange", "import", str(path), "--mapping", str(mapping), "--as",
                "dispatcher", "--refused", str(refused))  # fmt: skip
    assert done.exit_code == 0, done.output
    numbers = re.findall(r"(\d+) (rows|new|updated|unchanged|refused)", done.stdout.splitlines()[0])
    return {name: int(count) for count, name in numbers}


def everything(town: Town) -> list[Any]:
    """Return all that an exchange could change."""
    with town.app.app_context(), transaction(write=False) as session:
        cases = session.execute(sa.select(Case.number, Case.version).order_by(Case.number)).all()
        counts = [session.scalar(sa.select(sa.func.count()).select_from(table))
                  for table in (Event, Reporter, RungRow)]  # fmt: skip
        return [cases, counts]


def case_of(town: Town, ref: str) -> Case:
    with town.app.app_context(), transaction(write=False) as session:
        return session.scalars(sa.select(Case).where(Case.external_ref == ref)).one()


def test_a_day_played_twice_changes_nothing(town: Town, mapping: Path, tmp_path: Path) -> None:
    path = sheet(tmp_path / "day.xlsx")
    first = play(town, path, mapping)
    good = ROWS - len(BAD)
    assert first == {"rows": ROWS, "new": good, "updated": 0, "unchanged": 0, "refused": len(BAD)}
    refused = path.with_suffix(".csv").read_text("utf-8-sig").splitlines()[1:]
    # The title and the headings stand above.
    said = {int(one.split(",")[0]) - 2: one.split(",")[2] for one in refused}
    expected = {n: why for n, (_, _, why) in BAD.items()}
    # Of a number that comes twice, the first counts.
    expected[30] = expected.pop(29)
    assert said == expected
    before = everything(town)
    second = play(town, path, mapping)
    assert second == {**first, "new": 0, "unchanged": good}
    assert everything(town) == before

    case = case_of(town, "NB00001")
    assert (case.channel, case.confidential, case.description) == ("hotline", True, "路灯不亮 1")
    with town.app.app_context(), transaction(write=False) as session:
        reporter = session.get_one(Reporter, case.id)
        assert reporter.masked["phone"] == "138****0001"
        assert b"13800000001" not in reporter.sealed
    shown = town.read(case.number, "dispatcher")
    assert datetime.fromisoformat(shown["due"]) == DUE.replace(tzinfo=ZONE)
    assert case_of(town, "NB00005").flags == ["unplaced"]


def test_what_changed_there_is_said_and_due_here(town: Town, mapping: Path, tmp_path: Path) -> None:
    play(town, sheet(tmp_path / "day.xlsx", rows=6), mapping)
    later = DUE + timedelta(days=2)
    change = {4: {"诉求内容": "又来电催问", "办理时限": later}, 5: {"事发地址": "望春路 6 号"}}
    done = play(town, sheet(tmp_path / "next.xlsx", change, rows=6), mapping)
    assert done == {"rows": 6, "new": 0, "updated": 2, "unchanged": 4, "refused": 0}
    number = case_of(town, "NB00004").number
    assert datetime.fromisoformat(town.read(number, "dispatcher")["due"]) == later.replace(
        tzinfo=ZONE
    )
    events = town.get(f"/cases/{number}/timeline", "dispatcher").json["events"]
    (comment,) = [one for one in events if one["step"] == "comment"]
    assert "诉求内容: 又来电催问" in comment["text"]["text"]
    assert comment["person"]["code"] == "dispatcher"
    with town.app.app_context(), transaction(write=False) as session:
        query = sa.select(sa.func.max(RungRow.at)).join(Case).where(Case.number == number)
        assert (session.scalar(query) or NOW) >= later.replace(tzinfo=ZONE)


def steps(town: Town, ref: str) -> list[tuple[str, str]]:
    number = case_of(town, ref).number
    events = town.get(f"/cases/{number}/timeline", "dispatcher").json["events"]
    return [(one["step"], (one["text"] or {}).get("text", "")) for one in events[1:]]


def test_each_change_there_is_told_here_as_what_it_is(
    town: Town, mapping: Path, tmp_path: Path
) -> None:
    play(town, sheet(tmp_path / "day.xlsx", rows=6), mapping)
    change: dict[int, dict[str, Any]] = {
        1: {"催单次数": 1},
        2: {"追加内容": "灯杆也歪了"},
        3: {"是否撤单": "是"},
        4: {"紧急程度": "特急"},
        6: {"催单次数": 2, "追加内容": "晚上看不见"},
    }
    path = sheet(tmp_path / "next.xlsx", change, rows=6)
    assert play(town, path, mapping)["updated"] == 5
    assert steps(town, "NB00001") == [("urge", "催单次数: 1")]
    assert steps(town, "NB00002") == [("comment", "追加内容: 灯杆也歪了")]
    assert steps(town, "NB00003") == [("comment", "是否撤单: 是")]
    assert "wants_withdraw" in case_of(town, "NB00003").flags
    assert [step for step, _ in steps(town, "NB00004")][:1] == ["amend"]
    assert case_of(town, "NB00004").urgency == "urgent"
    assert steps(town, "NB00005") == []
    assert steps(town, "NB00006") == [("comment", "追加内容: 晚上看不见"), ("urge", "催单次数: 2")]
    # The same again says nothing; of the next, only what is new.
    before = everything(town)
    assert play(town, path, mapping)["unchanged"] == 6
    assert everything(town) == before
    change[1]["催单次数"], change[2]["催单次数"] = 2, 1
    play(town, sheet(tmp_path / "third.xlsx", change, rows=6), mapping)
    assert [text for _, text in steps(town, "NB00001")] == ["催单次数: 1", "催单次数: 2"]
    assert [step for step, _ in steps(town, "NB00002")] == ["comment", "urge"]
    assert len(steps(town, "NB00003")) == 1


def test_what_came_with_a_new_case_is_told_with_it(
    town: Town, mapping: Path, tmp_path: Path
) -> None:
    here = {2: {"催单次数": 1, "追加内容": "已两天", "是否撤单": "是"}}
    path = sheet(tmp_path / "day.xlsx", here, rows=2)
    play(town, path, mapping)
    found = steps(town, "NB00002")
    assert found == [
        ("comment", "追加内容: 已两天"),
        ("urge", "催单次数: 1"),
        ("comment", "是否撤单: 是"),
    ]
    assert play(town, path, mapping)["unchanged"] == 2


def test_what_has_ended_here_is_not_urged_but_it_is_noted(
    town: Town, mapping: Path, tmp_path: Path
) -> None:
    lon, lat = IN_G1
    here: dict[int, dict[str, Any]] = {2: {"经度": lon, "纬度": lat, "诉求类型": "井盖设施"}}
    play(town, sheet(tmp_path / "day.xlsx", here, rows=2), mapping)
    given = {"category": "01001", "result": "done"}
    assert (
        town.step(case_of(town, "NB00002").number, "leader", "settle", **given).status_code == 200
    )
    here[2] |= {"催单次数": 1, "是否撤单": "是", "紧急程度": "特急"}
    done = play(town, sheet(tmp_path / "next.xlsx", here, rows=2), mapping)
    assert (done["updated"], done["refused"]) == (1, 0)
    found = steps(town, "NB00002")
    assert found[-2:] == [("comment", "催单次数: 1"), ("comment", "是否撤单: 是")]
    assert "wants_withdraw" not in case_of(town, "NB00002").flags


def test_answers_stand_in_the_columns_that_they_want(
    town: Town, mapping: Path, tmp_path: Path
) -> None:
    lon, lat = IN_G1
    begun = datetime.now(UTC).replace(microsecond=0)
    here = {n: {"经度": lon, "纬度": lat, "诉求类型": "井盖设施"} for n in (1, 2, 3)}
    play(town, sheet(tmp_path / "day.xlsx", here, rows=6), mapping)
    for ref, result in (("NB00002", "=HYPERLINK(1)"), ("NB00003", "已修好")):
        number = case_of(town, ref).number
        given = {"category": "01001", "result": result}
        assert town.step(number, "leader", "settle", **given).status_code == 200
    target = tmp_path / "answers.xlsx"
    done = line(town, "exchange", "answers", "--mapping", str(mapping), "--to", str(target),
                "--as", "dispatcher")  # fmt: skip
    assert done.exit_code == 0, done.output
    page = openpyxl.load_workbook(target).worksheets[0]
    rows = list(page.iter_rows(values_only=True))
    assert rows[0] == ("工单编号", "办理状态", "承办单位", "办理情况", "答复内容", "办结时间")
    # What has no word there yet is not answered.
    assert [row[0] for row in rows[1:]] == ["NB00002", "NB00003"]
    assert rows[2][1:5] == ("已办结", None, "已解决", "已修好")
    risky = page["E2"]
    assert (risky.data_type, risky.quotePrefix) == ("s", True)
    assert begun <= rows[1][5].replace(tzinfo=ZONE) <= datetime.now(UTC)
    with town.app.app_context(), transaction(write=False) as session:
        entry = session.scalars(sa.select(Entry).where(Entry.journal == "exports")).one()
        assert (entry.person_code, entry.data["rows"]) == ("dispatcher", 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('column = "诉求类型"', 'column = "类型"'), "类型"),
        (('"特急" = "urgent"', '"特急" = "soon"'), "soon"),
        (('"工单编号" = "external_ref"', '"工单编号" = "ref"'), "external_ref"),
        (('code = "park"', 'code = "elsewhere"'), "elsewhere"),
        (("[answers]", "[reply]"), "reply"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_named(
    town: Town, mapping: Path, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    mapping.write_text(mapping.read_text("utf-8").replace(*change), "utf-8")
    path = sheet(tmp_path / "day.xlsx", rows=2)
    done = line(town, "exchange", "import", str(path), "--mapping", str(mapping), "--as",
                "dispatcher")  # fmt: skip
    assert done.exit_code == 1
    assert said in done.output


def test_what_is_no_sheet_is_refused(town: Town, mapping: Path, tmp_path: Path) -> None:
    path = tmp_path / "day.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    done = line(town, "exchange", "import", str(path), "--mapping", str(mapping), "--as",
                "dispatcher")  # fmt: skip
    assert done.exit_code == 1
    assert "day.xlsx" in done.output


def test_the_example_can_be_read() -> None:
    daily = read_daily(EXAMPLE)
    assert daily.channels == ["hotline"]
    assert daily.more.answers is not None
    assert set(daily.more.answers.columns.values()) <= set(ANSWERS)
