"""A long story through the database: every step plans, settles and cancels as it should."""

from __future__ import annotations

from gridgov.cases.report import About
from gridgov.escalation.sweep import fire
from tests.ladder.watch import CANCELLED, FIRED, PARKED, WAITING, Watch, at, only

ALL = ("waiting", "parked", "fired", "cancelled")


def test_a_case_from_report_to_its_second_round(watch: Watch) -> None:
    watch.limits("01001", case=("working_days", 5), handle=("working_days", 2))
    case = watch.take("2026-03-02 09:00")
    assert watch.rungs(case, *ALL) == {
        "intake.near": "03-02 12:00",  # due when lunch begins, not when it ends
        "intake.amber": "03-02 14:30",
        "case.near": "03-05 16:07:30",
        "case.amber": "03-09 09:00",
        "case.red": "03-11 14:15",
        "case.district": "03-16 09:00",
    }

    # Verification stops the case's clock; at the limit the clock recalls it.
    watch.act(case, "leader", "ask_verify", "2026-03-02 10:00")
    assert set(watch.rungs(case, PARKED)) == {
        "case.near",
        "case.amber",
        "case.red",
        "case.district",
    }
    assert set(watch.rungs(case, CANCELLED)) == {"intake.near", "intake.amber"}
    assert watch.rungs(case, WAITING) == {
        "verify.near": "03-02 17:07:30",
        "verify.amber": "03-03 10:00",
        "verify.recall": "03-03 10:00",
    }
    assert watch.sweep("2026-03-03 10:00:00") == ["verify.near"]
    assert case.status == "verifying"
    assert watch.sweep("2026-03-03 10:00:01") == ["verify.amber", "verify.recall"]
    assert case.status == "reported"
    assert watch.row(case, "verify.recall").refused is None
    # One hour of four was used: three are left; the case's clock stood for a working day.
    waiting = watch.rungs(case, WAITING)
    assert waiting["intake.amber"] == "03-03 14:30:01"
    assert waiting["case.amber"] == "03-10 09:00:01"

    # The reporter is asked; three working days later the clock goes on without an answer.
    watch.act(case, "leader", "ask_more", "2026-03-03 11:00")
    assert watch.rungs(case, WAITING) == {"waiting.go_on": "03-06 11:00"}
    assert watch.sweep("2026-03-06 11:00") == []
    assert watch.sweep("2026-03-06 11:00:01") == ["waiting.go_on"]
    assert case.status == "reported"
    assert "leader" in watch.told(case, "rung_go_on")

    watch.act(case, "leader", "file", "2026-03-06 11:10")
    assert only(watch.rungs(case, WAITING), "dispatch") == {"dispatch.near", "dispatch.amber"}
    watch.act(case, "leader", "dispatch", "2026-03-06 11:20")
    watch.act(case, "handler", "accept", "2026-03-06 11:30")
    handle = watch.rungs(case, WAITING)
    assert handle["handle.amber"] == "03-10 11:30"
    assert set(watch.rungs(case, PARKED)) == set()

    # An extension adds one handle limit to both clocks.
    before = handle["case.amber"]
    watch.act(case, "handler", "ask_extension", "2026-03-06 11:40")
    assert watch.rungs(case, WAITING) == handle
    watch.act(case, "dispatcher", "extend", "2026-03-06 11:50")
    assert watch.rungs(case, WAITING)["handle.amber"] == "03-12 11:30"
    assert watch.rungs(case, WAITING)["case.amber"] > before

    # A suspension ends on its date, at midnight.
    watch.act(case, "handler", "ask_suspension", "2026-03-09 09:00",
              suspension_reason="works", resume_on=at("2026-03-20 12:00").date())  # fmt: skip
    watch.act(case, "dispatcher", "suspend", "2026-03-09 09:30")
    assert watch.rungs(case, WAITING) == {"suspension.resume": "03-20 00:00"}
    assert watch.sweep("2026-03-20 00:00") == []
    assert watch.sweep("2026-03-20 00:00:01") == ["suspension.resume"]
    assert case.status == "handling"
    assert case.resume_on is None

    # Submitted: the unit's clock stops. Rework and denial continue it, a new check continues too.
    left = watch.rungs(case, WAITING)["handle.amber"]
    watch.act(case, "handler", "submit", "2026-03-20 09:00")
    assert only(watch.rungs(case, CANCELLED), "handle")
    watch.act(case, "member", "rework", "2026-03-20 10:00")
    assert watch.rungs(case, WAITING)["handle.amber"] > left
    watch.act(case, "handler", "submit", "2026-03-20 11:00")
    watch.act(case, "member", "pass", "2026-03-20 11:30")
    assert watch.rungs(case, WAITING, PARKED) == {}
    fired = watch.rungs(case, FIRED)

    # Closed nothing fires; reopened, a round begins anew and the old one stays as it was.
    assert watch.sweep("2026-03-25 10:00") == []
    old = watch.rungs(case, *ALL)
    watch.act(case, "reporter", "reopen", "2026-03-25 11:00")
    assert watch.rungs(case, FIRED) == fired
    assert watch.rungs(case, PARKED) == {}
    assert watch.rungs(case, *ALL, round_=1) == old
    second = watch.rungs(case, WAITING, round_=2)
    assert set(second) == {
        "dispatch.near", "dispatch.amber", "case.near", "case.amber", "case.red", "case.district",
    }  # fmt: skip
    assert second["case.amber"] == "04-01 11:00"


def test_a_new_dispatch_starts_new_clocks_and_the_old_ones_rungs_are_over(watch: Watch) -> None:
    case = watch.take("2026-03-02 09:00")
    watch.act(case, "leader", "file", "2026-03-02 09:10")
    watch.act(case, "leader", "dispatch", "2026-03-02 09:20")
    watch.act(case, "leader", "recall", "2026-03-02 10:20")
    watch.act(case, "leader", "dispatch", "2026-03-02 10:30")
    waiting = watch.rungs(case, WAITING)
    assert waiting["accept2.amber"] == "03-02 16:00"
    assert not only(waiting, "accept")
    assert watch.rungs(case, CANCELLED).keys() >= {"accept.near", "accept.amber"}


def test_a_step_settles_first_what_its_clocks_have_come_to(watch: Watch) -> None:
    """The sweep was down: the warning is recorded before the step, and no clock is forgotten."""
    case = watch.take("2026-03-02 09:00")
    watch.act(case, "leader", "file", "2026-03-04 09:00")
    steps = [event.step for event in watch.desk.events(case)]
    assert steps == ["report", "warn_amber", "file"]
    assert watch.rungs(case, FIRED).keys() == {"intake.near", "intake.amber"}
    assert watch.told(case, "rung_near") == set()
    assert watch.told(case, "rung_amber") == {"leader"}


def test_exactly_at_its_instant_nothing_is_late(watch: Watch) -> None:
    case = watch.take("2026-03-02 09:00")
    watch.act(case, "leader", "file", "2026-03-02 14:30")  # due to the second
    assert watch.rungs(case, FIRED).keys() == {"intake.near"}
    assert "intake.amber" in watch.rungs(case, CANCELLED)


def test_what_an_extension_would_move_is_settled_before(watch: Watch) -> None:
    watch.limits("01001", case=("working_days", 5), handle=("working_days", 1))
    case = watch.take("2026-03-02 09:00")
    watch.act(case, "leader", "file", "2026-03-02 09:10")
    watch.act(case, "leader", "dispatch", "2026-03-02 09:20")
    watch.act(case, "handler", "accept", "2026-03-02 09:30")
    watch.act(case, "handler", "ask_extension", "2026-03-02 09:40")
    watch.act(case, "dispatcher", "extend", "2026-03-03 16:00")  # late since 09:30
    assert "handle.amber" in watch.rungs(case, FIRED)
    steps = [event.step for event in watch.desk.events(case)]
    assert steps[-2:] == ["warn_amber", "extend"]


def test_the_red_rung_escalates_and_at_the_top_it_is_recorded(watch: Watch) -> None:
    case = watch.take("2026-03-02 09:00")
    fired = watch.sweep("2026-03-31 09:00")
    assert fired[-2:] == ["case.red", "case.district"]
    assert case.level == "street"
    assert watch.told(case, "rung_district") == {"district-dispatcher"}
    assert watch.told(case, "rung_red") == set()
    top = watch.desk.stage("reported", level="district")
    watch.sweep("2026-04-30 09:00")
    (escalated,) = [e for e in watch.desk.events(top) if e.step == "escalate" and e.role == "clock"]
    assert escalated.data["at_top"] is True
    assert top.level == "district"
    assert escalated.data["rung"] == {"name": "red", "clock": "case", "round": 1, "run": 1}


REFUSED = """
[limits]
intake = "1 working_hours"
[[rung]]
name = "early"
clock = "intake"
at = "50 %"
steps = ["recall_verify", "warn_amber", "resume"]
tell = ["leader"]
"""


def test_a_step_that_is_not_allowed_only_tells_and_says_so(watch: Watch) -> None:
    watch.ladder(REFUSED)
    case = watch.take("2026-03-02 09:00")
    (fired,) = watch.swept("2026-03-02 09:30:01")
    assert fired.refused == ["recall_verify", "resume"]
    assert [event.step for event in watch.desk.events(case)] == ["report", "warn_amber"]
    assert watch.told(case, "rung_early") == {"leader"}
    assert watch.row(case, "intake.early").refused == ["recall_verify", "resume"]


def test_an_urgent_case_calls_the_roster_one_after_the_other(watch: Watch) -> None:
    watch.limits("31001", case=("urgent_hours", 24), accept=("urgent_hours", 0.2))
    watch.roster("head", "handler-team")
    case = watch.take("2026-03-01 23:50", category="31001")  # a Sunday night
    assert case.status == "dispatched"
    assert watch.told(case, "dispatch_urgent") & {"handler", "head", "handler-team"} == {"handler"}
    # The stage's own warnings come first and must not use up a place on the roster.
    assert watch.sweep("2026-03-02 00:02:01") == ["accept.near", "accept.amber"]
    assert watch.sweep("2026-03-02 00:05") == []
    assert watch.sweep("2026-03-02 00:05:01") == ["accept.second_on_duty"]
    assert watch.told(case, "rung_second_on_duty") == {"head"}
    assert watch.sweep("2026-03-02 00:20:01") == ["accept.third_on_duty"]
    assert watch.told(case, "rung_third_on_duty") >= {"handler-team"}
    assert "head" not in watch.told(case, "rung_third_on_duty")


def test_a_second_dispatch_and_round_call_the_roster_from_its_beginning(watch: Watch) -> None:
    watch.roster("head", "handler-team")
    case = watch.take("2026-03-02 09:00", category="31001")
    assert watch.sweep("2026-03-02 09:30:01") == ["accept.second_on_duty", "accept.third_on_duty"]
    watch.act(case, "dispatcher", "recall", "2026-03-02 09:40")
    watch.act(case, "dispatcher", "dispatch_urgent", "2026-03-02 09:50", category="31001")
    watch.sweep("2026-03-02 10:05:01")
    assert watch.row(case, "accept.second_on_duty").run == 2
    assert watch.told(case, "rung_second_on_duty") == {"head"}


def test_accepted_in_time_nobody_else_is_called(watch: Watch) -> None:
    watch.roster("head")
    case = watch.take("2026-03-02 09:00", category="31001")
    watch.act(case, "handler", "accept", "2026-03-02 09:15")
    watch.sweep("2026-03-02 09:40")
    assert only(watch.rungs(case, FIRED), "accept") == set()


def test_a_corrected_urgency_and_category_are_planned_anew(watch: Watch) -> None:
    watch.limits("01002", case=("working_days", 1), dispatch=("working_hours", 1))
    case = watch.take("2026-03-02 09:00")
    watch.act(case, "leader", "file", "2026-03-02 09:10")
    watch.act(case, "leader", "dispatch", "2026-03-02 09:20")
    assert not {"accept.second_on_duty"} & watch.rungs(case, *ALL).keys()
    watch.act(case, "leader", "amend", "2026-03-02 09:30", urgency="urgent")
    assert watch.rungs(case, WAITING)["accept.second_on_duty"] == "03-02 09:35"
    watch.act(case, "leader", "amend", "2026-03-02 09:31", urgency="normal")
    assert "accept.second_on_duty" in watch.rungs(case, CANCELLED)
    watch.act(case, "leader", "amend", "2026-03-02 09:32", category="01002")
    assert watch.rungs(case, WAITING)["case.amber"] == "03-03 09:00"


def test_zammad_904_a_merged_case_does_not_escalate(watch: Watch) -> None:
    case = watch.take("2026-03-02 09:00")
    watch.act(case, "leader", "merge", "2026-03-02 09:10")
    assert watch.rungs(case, WAITING, PARKED) == {}
    assert watch.sweep("2026-04-30 09:00")
    assert watch.rungs(case, FIRED) == {}
    # Unmerged, its clocks go on with the time that they had used.
    watch.act(case, "dispatcher", "unmerge", "2026-05-06 09:00")
    assert watch.rungs(case, WAITING)["intake.amber"] == "05-06 14:20"
    assert "case.amber" in watch.rungs(case, WAITING)


def test_glpi_5319_every_level_fires_and_glpi_1996_none_of_them_again(watch: Watch) -> None:
    """There only the first level fired; elsewhere the last one fired for ever."""
    case = watch.take("2026-03-02 09:00")
    seen = []
    for day in range(2, 31):
        for hour in range(24):
            seen += watch.sweep(f"2026-03-{day:02} {hour:02}:30")
    assert seen == ["intake.near", "intake.amber", "case.near", "case.amber", "case.red",
                    "case.district"]  # fmt: skip
    assert len(watch.desk.events(case)) == 1 + 2 + 2
    assert watch.rungs(case, WAITING) == {}


def test_zammad_4432_no_rung_of_office_time_fires_at_night_or_on_a_day_off(watch: Watch) -> None:
    """There reminders came at midnight and on weekends; a minutely sweep finds none here."""
    case = watch.take("2026-03-06 16:59")  # a Friday
    calendar = watch.desk.known.calendar(case.park_code)
    for name, when in watch.rungs(case, WAITING).items():
        local = at(f"2026-{when}").astimezone(calendar.zone)
        assert calendar.working_day(local.date()), name
        assert any(a <= local.time() <= b for a, b in calendar.office), (name, when)
    assert watch.sweep("2026-03-06 23:59") == []
    assert watch.sweep("2026-03-08 23:59") == []


def test_zammad_4353_a_rung_taken_off_the_ladder_is_silent(watch: Watch) -> None:
    """Even before open cases are planned again."""
    case = watch.take("2026-03-02 09:00")
    watch.ladder('[limits]\nintake = "4 working_hours"\n')
    assert watch.desk.known.ladder.rungs == ()
    watch.session.flush()
    for day in ("03-02 14:31", "04-30 09:00"):
        assert fire(watch.session, [case.id], at(f"2026-{day}"), watch.desk.known) == []
    assert watch.rungs(case, FIRED) == {}
    assert watch.rungs(case, WAITING) == {}


def test_a_rung_moved_on_the_ladder_never_fires_by_its_old_instant(watch: Watch) -> None:
    case = watch.take("2026-03-02 09:00")
    watch.ladder('[limits]\nintake = "8 working_hours"\n\n[[rung]]\nname = "amber"\n'
                 'clock = "any"\nat = "100 %"\nsteps = ["warn_amber"]\n')  # fmt: skip
    assert fire(watch.session, [case.id], at("2026-03-02 15:00"), watch.desk.known) == []
    assert watch.rungs(case, WAITING)["intake.amber"] == "03-03 09:30"


def test_a_case_about_somebody_tells_them_nothing(watch: Watch) -> None:
    case = watch.take("2026-03-02 09:00", subject=About("unit", "property"))
    watch.sweep("2026-04-30 09:00")
    told = {code for _, code in watch.desk.told(case)}
    assert not told & {"property", "handler", "head", "member-property"}


def test_a_membership_transfer_tells_its_organiser_and_their_head_only(watch: Watch) -> None:
    case = watch.take("2026-03-02 09:00", category="41002")
    seen = set()
    for day in range(3, 31):
        watch.sweep(f"2026-03-{day:02} 09:00")
    for name in ("near", "amber", "red", "district"):
        seen |= watch.told(case, f"rung_{name}")
    assert seen == {"organiser", "head-party"}
    assert watch.told(case, "rung_near") == {"organiser"}
