"""`gridgov case report|step|show`: the same verbs and refusals as over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gridgov.cli import main
from tests.support.town import G1, IN_G1, Town

PLACE = ("--lon", str(IN_G1[0]), "--lat", str(IN_G1[1]))


class Line:
    """The command line of a town."""

    def __init__(self, town: Town) -> None:
        settings = town.app.extensions["gridgov"].settings
        self._environ = {
            "GRIDGOV_DATABASE_URL": settings.database_url,
            "GRIDGOV_SECRET_KEY": settings.secret_key,
            "GRIDGOV_FILES": str(settings.files),
            "LC_ALL": "en",
        }

    def __call__(self, *args: str, **environ: str) -> Result:
        return CliRunner().invoke(main, ("case", *args), env=self._environ | environ)

    def json(self, *args: str) -> dict[str, Any]:
        done = self(*args, "--json")
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.stdout))

    def refused(self, *args: str, **environ: str) -> str:
        done = self(*args, **environ)
        assert done.exit_code == 1, done.output
        assert done.stdout == ""
        return done.stderr


@pytest.fixture
def case(shared_town: Town) -> Iterator[Line]:
    yield Line(shared_town)


def test_a_case_is_reported_worked_and_closed(case: Line, shared_town: Town) -> None:
    who = ("--name", "王小明", "--phone", "13812345678")
    taken = case.json("report", "--description", "路灯不亮", "--category", "01001", *PLACE, *who)
    number = taken["number"]
    assert taken["grid"]["code"] == G1
    assert taken["notice"]["collected"] == ["name", "phone", "description", "location"]

    for login, step, *given in (
        ("leader", "file"),
        ("leader", "dispatch", "unit=property"),
        ("handler", "accept"),
        ("handler", "submit", "outcome=solved", "result=已更换"),
        ("member", "pass"),
    ):
        fields = [part for pair in given for part in ("--field", pair)]
        seen = case.json("step", number, step, "--as", login, *fields)
    assert seen["status"] == "closed"
    code = ("--code", taken["query_code"])
    evaluated = ("contacted=yes", "solved=no", "satisfaction=satisfied")
    fields = [part for pair in evaluated for part in ("--field", pair)]
    assert case.json("step", number, "evaluate", *code, *fields)["status"] == "evaluated"

    seen = case.json("show", number, "--as", "leader")
    assert seen["status"] == "evaluated"
    assert [event["step"] for event in seen["events"]][:3] == ["report", "file", "dispatch"]
    assert "Name-" not in json.dumps(case.json("show", number, *code))
    same = shared_town.read(number, "leader")
    assert {name: seen[name] for name in same} == same


def test_what_people_read(case: Line) -> None:
    done = case("report", "--description", "路灯不亮", *PLACE)
    assert done.exit_code == 0, done.output
    number, code = done.stdout.splitlines()[0].split()
    done = case("show", number, "--code", code.lower())
    assert done.exit_code == 0
    assert number in done.stdout
    assert "路灯不亮" in done.stdout
    assert (
        case("step", number, "file", "--as", "leader", "--field", "category=01001").exit_code == 0
    )
    place = ("--field", "location=121.4925,29.8805,wgs84", "--field", "reason=there")
    done = case("step", number, "amend", "--as", "leader", *place)
    assert "330203008-02" in done.stdout, done.output


def test_refusals_are_those_of_the_verbs(case: Line) -> None:
    assert "description" in case.refused("report")
    assert "99999" in case.refused("report", "--description", "x", "--category", "99999")
    assert "category:" in case.refused("report", "--category", "no such thing")
    assert "lat:" in case.refused("report", "--description", "x", "--lon", "121")
    swapped = ("--lon", str(IN_G1[1]), "--lat", str(IN_G1[0]))
    assert "swapped" in case.refused("report", "--description", "x", *swapped)
    assert "channel" in case.refused("report", "--description", "x", "--channel", "telephone")
    number = case.json("report", "--description", "x", "--category", "01001", *PLACE)["number"]
    assert case.refused("step", number, "accept", "--as", "handler")
    assert case.refused("step", number, "file", "--as", "leader2")
    assert "nobody" in case.refused("step", number, "file", "--as", "nobody")
    assert "Sign in" in case.refused("step", number, "file")
    assert case.refused("show", number, "--code", "00000000")
    assert case.refused("show", number[:-1] + "x", "--as", "leader")
    assert "version" in case.refused("step", number, "file", "--as", "leader", "--version", "0")
    assert "changed" in case.refused("step", number, "file", "--as", "leader", "--version", "7")
    assert "resume_on" in case.refused(
        "step", number, "file", "--as", "leader", "--field", "resume_on=2026-02-30"
    )
    assert "nonsense" in case.refused("step", number, "file", "--as", "leader", "--field",
                                      "nonsense=1")  # fmt: skip


def test_usage_errors_have_an_exit_code_of_their_own(case: Line) -> None:
    assert case("step", "261122-03845-2", "file", "--field", "no equals sign").exit_code == 2
    assert case("report", "--lon", "east").exit_code == 2
    assert case("step").exit_code == 2


def test_refusals_are_in_the_users_language(case: Line) -> None:
    assert "登录" in case.refused("show", "261122-03845-2", LC_ALL="zh_CN.UTF-8")
    done = case("step", "261122-03845-2", "file", "--field", "x", LC_ALL="zh_CN.UTF-8")
    assert "错误：--field 的值无效：'x' 不符合 NAME=VALUE 的写法" in done.stderr


def test_a_number_of_days_is_a_number(case: Line) -> None:
    number = case.json("report", "--description", "x", "--category", "21001", *PLACE)["number"]
    for given in (("propose_joint", "reason=x"), ("open_joint", "unit=office", "limit_days=30")):
        step, *fields = given
        more = [part for one in fields for part in ("--field", one)]
        done = case("step", number, step, "--as", "dispatcher", *more)
        assert done.exit_code == 0, done.output
    for wrong in ("0", "many"):
        said = case.refused(
            "step", number, "open_joint", "--as", "dispatcher", "--field", f"limit_days={wrong}"
        )
        assert "limit_days" in said
