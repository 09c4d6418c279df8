"""Search and sight: the same from both databases, and a list holds what the detail shows."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gridgov.cases.act import find
from gridgov.cases.facts import Scene
from gridgov.cases.find import CursorWrong, Wanted, count, search
from gridgov.cases.grams import folded, grams
from gridgov.cases.placing import Location
from gridgov.cases.report import About
from gridgov.cases.see import visible
from gridgov.cases.show import exact_place, original_text
from gridgov.cases.tables import Case
from gridgov.errors import NotFound
from gridgov.people.duties import Asked, grant
from tests.cases.test_matrix import EVERYBODY
from tests.support.desk import START, WAYS, Desk
from tests.support.town import IN_G1, IN_G2, OUTSIDE, SOUTH, STEP, STREET, WEST

TEXTS = [
    "路灯不亮", "路灯坏了三盏", "灯", "垃圾堆在路口", "垃圾桶满了", "路口的灯", "网格员联系不上",
    "ＬＥＤ灯不亮", "led lamp is dark", "LED LAMP", "Straße gesperrt", "STRASSE", "100% 完成",
    "100 percent", "a_b und a-b", "a b", "quote ' and \" quote", "半价½", "🚲 共享单车乱停",
    "共享单车🚲", "café", "cafe", "ﬁre hydrant", "fire hydrant", "消防栓漏水", "消防通道被堵",
    "電動車", "电动车充电", "噪声扰民，夜间施工", "夜间 施工", "ＡＢＣ公司", "abc公司", "Ⅳ号楼",
    "iv号楼", "back\\slash", "semi;colon -- DROP", "*star* (paren)", "NEAR AND OR NOT", "ΑΒΓ",
    "αβγ", "привет", "ПРИВЕТ", "𠮷野家", "々", "〇七号", "カフェ", "ｶﾌｪ", "한국어", "tab\tsep", "",
]  # fmt: skip
QUERIES = [
    "灯", "路灯", "路灯不亮", "灯不", "亮", "垃圾", "路口", "路口 灯", "灯 路口", "led", "LED",
    "ＬＥＤ",
    "LED灯", "lamp", "Lamp", "lam", "strasse", "straße", "100%", "%", "_", "a_b", "a-b", "a b",
    "'", '"', "quote '", "½", "1⁄2", "🚲", "单车🚲", "🚲 共享", "café", "cafe", "CAFÉ", "fire",
    "ﬁre", "消防", "消防 漏水", "電動車", "电动车", "夜间施工", "夜间", "，", "abc", "ABC公司",
    "Ⅳ", "iv号", "back\\slash", "\\", "drop", "--", "star", "*", "(", "near", "AND", "not or",
    "αβγ", "привет", "𠮷", "野家", "々", "〇", "カフェ", "ｶﾌｪ", "한국", "한국어", "sep", "  灯  ",
    "!", "灯!", "路 灯", "不存在", "x" * 100,
]  # fmt: skip


FOUND_BY = ("xylophone", "harpstreet", "HARPStreet", "flute")


def filled(desk: Desk) -> list[Case]:
    """Take in 200 varied cases."""
    draw = random.Random(7)
    made = []
    for number in range(200):
        made.append(  # noqa: PERF401
            desk.take(
                "caller",
                description=TEXTS[number % len(TEXTS)] or None,
                category=draw.choice(["01001", "02001", "11001", "21001", "41001", "41002"]),
                place=draw.choice([IN_G1, IN_G2, OUTSIDE, (WEST + STEP * 1.5, SOUTH + STEP / 3)]),
                channel=draw.choice(["web", "hotline", "counter"]),
                external_ref=f"ref-{number}" if number % 3 == 0 else None,
                confidential=number % 17 == 0,
            )
        )
    return made


def all_of(desk: Desk, who: str, **wanted: Any) -> list[int]:
    """Return the places, among all reports, of what is found, over all pages."""
    found: list[str] = []
    after = None
    while True:
        page = search(
            desk.session, Wanted(limit=23, after=after, **wanted), desk.actor(who), desk.at,
            desk.known,
        )  # fmt: skip
        found += [case.number for case in page.cases]
        after = page.next
        if after is None:
            return found  # type: ignore[return-value]


def test_each_database_finds_what_the_text_says(desk: Desk) -> None:
    """Against a plain search in Python, so both databases find the same."""
    desk.session.execute(sa.update(Case).values(area_code="999999999", grid_code=None))
    made = filled(desk)
    seen = [case for case in made if case.category_code != "41002" and not case.confidential]
    for query in QUERIES:
        parts = folded(query).split()
        holds = [
            case.number
            for case in reversed(seen)
            if all(part in folded(case.description or "") for part in parts)
        ]
        found = all_of(desk, "dispatcher", q=query)
        whole = set(holds)
        assert set(found) <= whole, query
        assert len(found) == len(set(found))
        # A word of another script is found whole; Chinese by any of its characters.
        if any("\u4e00" <= char <= "\u9fff" for char in query) and query.isalpha():
            assert found == holds, query
    expected = {"lamp": 2, "lam": 0, "led": 3, "灯": 5, "路灯": 2, "%": 0, "🚲": 0, "strasse": 2,
                "单车🚲": 1, "a_b": 1, "100%": 1, "café": 1, "cafe": 1, "カフェ": 2, "𠮷": 1,
                "αβγ": 2, "привет": 2, "fire": 2, "野家": 1, "々": 1, "한국어": 1}  # fmt: skip
    for query, texts in expected.items():
        wanted = [
            case.number for case in reversed(seen)
            if _matches(query, folded(case.description or ""))
        ]  # fmt: skip
        found = all_of(desk, "dispatcher", q=query)
        assert found == wanted, query
        assert len({folded(c.description or "") for c in seen if c.number in found}) <= texts


def _matches(query: str, text: str) -> bool:
    parts = folded(query).split()
    words = [word for part in parts for word in grams(part)]
    return bool(words) and set(words) <= set(grams(text)) and all(p in text for p in parts)


def test_every_filter_keeps_what_it_says(desk: Desk) -> None:
    desk.session.execute(sa.update(Case).values(area_code="999999999", grid_code=None))
    seen = [case for case in filled(desk) if case.category_code != "41002"][::-1]
    middle = seen[60].reported_at
    box = (WEST, SOUTH, WEST + STEP, SOUTH + STEP)
    filters: list[tuple[dict[str, Any], Any]] = [
        ({"number": seen[3].number}, lambda c: c is seen[3]),
        ({"number": seen[3].number.replace("-", "")}, lambda c: c is seen[3]),
        ({"external_ref": "ref-30"}, lambda c: c.external_ref == "ref-30"),
        ({"status": ["reported"]}, lambda c: True),
        ({"status": ["open", "closed"]}, lambda c: True),
        ({"status": ["ended"]}, lambda c: False),
        ({"grid": "330203008-01"}, lambda c: c.grid_code == "330203008-01"),
        ({"cell": "330203008001002"}, lambda c: c.cell_code == "330203008001002"),
        ({"unit": "property"}, lambda c: False),
        ({"category": "01001"}, lambda c: c.category_code == "01001"),
        ({"category": "0"}, lambda c: c.category_code.startswith("0")),
        ({"category": "%"}, lambda c: False),
        ({"channel": "web"}, lambda c: c.channel == "web"),
        ({"since": middle}, lambda c: c.reported_at >= middle),
        ({"until": middle}, lambda c: c.reported_at < middle),
        ({"bbox": box}, lambda c: c.point and _within(c.point, box)),
        ({"bbox": (*IN_G2, *IN_G2)}, lambda c: c.point == IN_G2),
        ({"q": "灯", "channel": "web"}, lambda c: c.channel == "web" and "灯" in _text(c)),
    ]
    for wanted, keeps in filters:
        expected = [case.number for case in seen if keeps(case)]
        assert all_of(desk, "dispatcher", **wanted) == expected, wanted


def _within(point: Any, box: tuple[float, float, float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _text(case: Case) -> str:
    return "" if case.confidential else folded(case.description or "")


def test_pages_neither_repeat_nor_drop_while_others_come(desk: Desk) -> None:
    made = [desk.take().number for _ in range(12)]
    same = START + timedelta(days=1)
    desk.session.execute(sa.update(Case).where(Case.number.in_(made[:6])).values(reported_at=same))
    desk.session.expire_all()
    seen: list[str] = []
    after = None
    while True:
        page = search(
            desk.session, Wanted(limit=2, after=after), desk.actor("leader"), desk.at, desk.known
        )
        seen += [case.number for case in page.cases if case.number in made]
        after = page.next
        desk.at += timedelta(days=2)
        desk.take()
        if after is None or len(seen) == len(made):
            break
    assert sorted(seen) == sorted(made)
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("after", ["", "x", "AAAA", "灯", "_" * 80])
def test_a_cursor_from_elsewhere_is_refused(desk: Desk, after: str) -> None:
    wanted = Wanted(after=after)
    if after:
        with pytest.raises(CursorWrong):
            search(desk.session, wanted, desk.actor("leader"), desk.at, desk.known)


def varied(desk: Desk) -> list[Case]:
    """Bring cases of every kind to many statuses."""
    cases = [desk.stage(status) for status in WAYS]
    cases += [desk.stage("reported", level=level) for level in ("street", "district")]
    cases += [desk.take(category=code) for code in ("21001", "31001", "41001", "41002", None)]
    cases += [desk.take(place=IN_G2), desk.take(place=OUTSIDE), desk.take(location=Location())]
    cases += [desk.take("resident"), desk.take("member"), desk.take("gis", channel="telephone")]
    cases += [desk.take(confidential=True), desk.act(desk.take(), "member", "settle")]
    cases.append(desk.act(desk.take(confidential=True), "member", "settle"))
    for about in (
        About("leader"), About("member"), About("unit", unit="property"),
        About("unit", unit="hub"), About("person", person="gis"), About("unit", unit="office"),
    ):  # fmt: skip
        case = desk.take(subject=about)
        desk.act(case, "district-dispatcher", "file")
        unit = "property" if about.unit != "property" else "office"
        desk.act(case, "district-dispatcher", "assign_final", unit=unit)
        cases.append(case)
    transfer = desk.take(category="41002")
    for step in ("file", "dispatch", "accept", "submit"):
        given = {"category": "41002"} if step == "file" else {}
        given |= {"unit": "party-office"} if step == "dispatch" else {}
        desk.act(transfer, "organiser", step, **given)
    return [*cases, transfer]


def test_a_list_holds_exactly_what_the_detail_shows(desk: Desk) -> None:
    cases = varied(desk)
    for who in [*EVERYBODY, "reporter"]:
        for case in cases:
            actor = desk.actor(who, case)
            shown = visible(actor, desk.known.office, desk.at)
            counted = desk.session.scalar(
                sa.select(sa.func.count()).where(Case.id == case.id, shown)
            )
            page = search(desk.session, Wanted(number=case.number), actor, desk.at, desk.known)
            by_text = search(
                desk.session, Wanted(number=case.number, q="lamp"), actor, desk.at, desk.known
            )
            try:
                found = find(desk.session, case.number, actor, desk.at, desk.known) is case
            except NotFound:
                found = False
            assert counted == len(page.cases) == found, (who, case.number)
            assert len(by_text.cases) <= found
            if not found:
                # Who does not see a case is offered nothing; the clock and imports see all.
                assert desk.offers(case, who) == set(), (who, case.status, case.kind)


def test_nobody_finds_a_case_by_what_of_it_they_are_not_shown(desk: Desk) -> None:
    """Neither words nor a narrow box tell more than the view, whatever duties somebody holds."""
    # One who is of the grid G1 too, and one who is of the whole street.
    for who, role, place in (("member-property", "gis", STREET), ("caller", "gis", STREET)):
        grant(desk.session, Asked(who, role, place), None, desk.at, desk.settings.keys)
    made: list[Case] = []
    kinds = itertools.product(["01001", "02001", "11001", "21001"], [False, True])
    for number, (category, confidential) in enumerate(kinds):
        for spot in (IN_G1, IN_G2):
            case = desk.take(
                description="xylophone rings",
                category=category,
                confidential=confidential,
                location=Location(*spot, address=f"Harpstreet {number}"),
            )
            desk.act(case, "dispatcher", "summarise", text="flute in short")
            made.append(case)
    for who in ("gis", "caller", "member-property", "leader", "dispatcher"):
        actor, listed = desk.actor(who), all_of(desk, who)
        words = {word: all_of(desk, who, q=word) for word in FOUND_BY}
        for case in made:
            scene = Scene.of(desk.known, case, actor, desk.at)
            seen = case.number in listed
            told = {
                # The original words of a confidential case are kept out of the search.
                "xylophone": seen and original_text(scene) and not case.confidential,
                "harpstreet": seen and exact_place(scene),
                "HARPStreet": seen and exact_place(scene),
                "flute": seen,
            }
            for word, expected in told.items():
                found = case.number in words[word]
                assert found == expected, (who, case.category_code, case.confidential, word)
            lon, lat = case.point or (0, 0)
            box = (lon - 1e-6, lat - 1e-6, lon + 1e-6, lat + 1e-6)
            assert (case.number in all_of(desk, who, bbox=box)) == (seen and exact_place(scene))
        counted = count(desk.session, Wanted(q="xylophone"), actor, desk.at, desk.known)
        assert counted == len(all_of(desk, who, q="xylophone"))
