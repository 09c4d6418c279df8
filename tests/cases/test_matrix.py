"""Every status × every step × every role × every level, against the domain's table.

The table below is copied from the domain's words by hand, not from the code: what the code's
table says is compared with it, step by step.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from gridgov.cases.facts import Scene
from gridgov.cases.fields import FIELDS
from gridgov.cases.rules import advance, offered, step_named
from gridgov.cases.tables import Case
from gridgov.cases.workflow import TABLE, Status
from gridgov.errors import BadInput, GridgovError
from tests.support.desk import DAY, DECIDER, START, WAYS, Desk, at, given_at, trying
from tests.support.town import PEOPLE, RESIDENT, Town

OPEN = "reported verifying waiting filed dispatched handling suspended checking".split()
ANY = [*OPEN, "closed", "evaluated", "rejected", "withdrawn", "merged"]
DONE = ["closed", "evaluated"]
TIMEOUT = ["dispatched", "handling", "waiting", "suspended", "checking", *DONE]
CARDED = ["dispatched", "handling", "suspended", "checking"]
EVERYONE = "leader member handler head dispatcher committee caller gis organiser reporter"

# step: from, to (None: the same), who, needs (| between fields of which one will do)
DOMAIN: dict[str, tuple[list[str], str | None, str, str]] = {
    "report": ([], "reported", "anyone", "description|category"),
    "settle": (["reported", "filed"], "closed", "member leader", "category result"),
    "ask_verify": (["reported"], "verifying", "leader dispatcher", ""),
    "verify": (["verifying"], "reported", "member leader", "verification"),
    "recall_verify": (["verifying"], "reported", "leader dispatcher clock", ""),
    "ask_more": (["reported", "handling"], "waiting", "leader dispatcher handler", "question"),
    "supply": (["waiting"], "back", "reporter caller clock", ""),
    "file": (["reported"], "filed", "leader dispatcher", "category"),
    "reject": (["reported"], "rejected", "leader dispatcher", "reason instead"),
    "appeal": (["rejected"], "reported", "reporter", "reason"),
    "merge": (
        ["reported", "filed", "dispatched", "handling"], "merged", "leader dispatcher", "target",
    ),
    "unmerge": (["merged"], "reported", "dispatcher", "reason"),
    "withdraw": (["reported", "verifying", "waiting", "filed"], "withdrawn", "reporter", ""),
    "dispatch": (["filed"], "dispatched", "leader dispatcher", "unit"),
    "dispatch_urgent": (
        ["reported", "filed"], "dispatched", "member leader dispatcher clock", "category",
    ),
    "assign_final": (["filed"], "dispatched", "dispatcher", "unit reason"),
    "accept": (["dispatched"], "handling", "handler head", ""),
    "assign": (["dispatched", "handling"], None, "head", "person|unit"),
    "ask_return": (
        ["dispatched", "handling"], None, "handler head", "return_reason proposed_unit",
    ),
    "grant_return": (["dispatched", "handling"], "filed", "dispatcher", ""),
    "refuse_return": (["dispatched", "handling"], None, "dispatcher", "reason"),
    "recall": (["dispatched", "handling"], "filed", "dispatcher leader", "reason"),
    # Of a wish, by whoever is signed in, who then acts as its handler: test_wishes.py.
    "claim": (["filed"], "handling", "handler", "plan"),
    "give_back": (["handling"], "filed", "handler", "reason"),
    # Of a membership transfer: test_transfer.py.
    "check_off": (
        ["filed", "dispatched", "waiting", "handling", "suspended", "checking"], None, "organiser",
        "paper",
    ),
    "progress": (["handling", "suspended"], None, "handler", "text"),
    "ask_extension": (["handling"], None, "handler", "reason"),
    "extend": (["handling"], None, "dispatcher", ""),
    "refuse_extension": (["handling"], None, "dispatcher", "reason"),
    "ask_suspension": (["handling"], None, "handler", "suspension_reason resume_on"),
    "suspend": (["handling"], "suspended", "dispatcher", ""),
    "refuse_suspension": (["handling"], None, "dispatcher", "reason"),
    "resume": (["suspended"], "handling", "dispatcher clock", ""),
    "submit": (["handling"], "checking", "handler head", "outcome result"),
    # The head is there for membership transfers only.
    "pass": (["checking"], "closed", "member leader dispatcher committee head", ""),
    "confirm": (["checking"], "closed", "reporter", ""),
    "rework": (["checking"], "handling", "member leader dispatcher committee", "reason"),
    "deny": (["checking", "closed"], "handling", "reporter", "reason"),
    "escalate": (OPEN, None, "leader dispatcher clock", "reason"),
    "send_down": (["reported", "filed"], None, "dispatcher", "reason"),
    "urge": (OPEN, None, "reporter leader dispatcher committee", ""),
    "warn_amber": (OPEN, None, "clock", ""),
    "warn_red": (OPEN, None, "clock", ""),
    "supervise": (OPEN, None, "committee dispatcher", "text reply_due"),
    "instruct": (OPEN, None, "committee", "text reply_due"),
    "yellow_card": (CARDED, None, "committee", "reason"),
    "red_card": (CARDED, None, "committee", "reason"),
    "answer": ([*OPEN, *DONE], None, "head leader dispatcher", "text"),
    "amend": (OPEN, None, "leader dispatcher", "reason category|urgency|location|grid"),
    "reopen": (DONE, "filed", "reporter dispatcher", "reason"),
    "sample": (DONE, None, "dispatcher", "sampled"),  # and leaders of other grids
    "evaluate": (DONE, "evaluated", "reporter caller", "contacted solved satisfaction"),
    "appeal_timeout": (TIMEOUT, None, "head", "reason"),
    "excuse": (TIMEOUT, None, "dispatcher", "reason"),
    "uphold": (TIMEOUT, None, "dispatcher", "reason"),
    # Joint cases; tests/joint walks their items past everybody.
    "propose_joint": (
        ["reported", "filed", "dispatched", "handling"], None,
        "leader dispatcher organiser head", "reason",
    ),
    "open_joint": (
        ["reported", "filed", "dispatched", "handling"], "dispatched", "dispatcher committee",
        "unit category",
    ),
    "refuse_joint": (
        ["reported", "filed", "dispatched", "handling"], None, "dispatcher committee", "reason",
    ),
    "bundle": (
        ["reported", "filed", "dispatched", "handling"], None, "dispatcher", "target",
    ),
    "add_item": (
        ["waiting", "filed", "dispatched", "handling", "suspended", "checking"], None,
        "head dispatcher committee", "text",
    ),
    "ask_join": (
        ["waiting", "filed", "dispatched", "handling", "suspended", "checking"], None,
        "head dispatcher", "unit",
    ),
    "join": (OPEN, None, "handler head", ""),
    "drop_item": (["filed", "dispatched", "handling", "suspended"], "rejected", "head", "reason"),
    "close_joint": (["handling"], "closed", "head", "outcome result"),
    "summarise": (ANY, None, "dispatcher", "text"),
    "publish": (ANY, None, "dispatcher", "text"),
    "comment": (ANY, None, EVERYONE, "text"),
    "attach": (ANY, None, EVERYONE, ""),
    # Not in the domain's table but in its words: "shown only to those who must reach them",
    # "reading one is itself logged". tests/privacy/test_read.py walks it through every status.
    "read_contact": (ANY, None, "leader dispatcher handler head caller", "purpose"),
    # "Erased or made anonymous when the retention period ends", or by the reporter's own wish.
    "erase": (ANY, None, "reporter clock", ""),
    # A new map adopted, a deadline computed again: events, not steps that can be sent.
    "hand_over": (OPEN, None, "clock", ""),
    "recompute": (OPEN, None, "clock", ""),
}  # fmt: skip
APART = {"report", "attach", "read_contact", "erase", "hand_over", "recompute", "add_item"}
SENDABLE = [name for name in DOMAIN if name not in APART]
# Steps that pass to the dispatcher of the level that a case has been escalated to.
DECIDING = set(
    "settle ask_verify recall_verify file reject merge unmerge dispatch assign_final grant_return "
    "refuse_return recall extend refuse_extension suspend refuse_suspension resume escalate "
    "send_down amend open_joint refuse_joint bundle".split()
)
# Everybody of the town as they stand to a case in G1 that `property` works on.
STANDS = {
    "leader": "leader", "deputy": "leader", "member": "member", "member-property": "member",
    "handler": "handler", "head": "head", "dispatcher": "dispatcher",
    "district-dispatcher": "dispatcher", "committee": "committee", "caller": "caller",
    "gis": "gis", "reporter": "reporter", "clock": "clock", "import": "import",
}  # fmt: skip
EVERYBODY = [*PEOPLE, RESIDENT, "reporter", "anyone", "clock", "import"]
WITH_UNIT = {"dispatched", "handling", "suspended", "checking", "closed", "evaluated"}
LEVELS = ("grid", "street", "district")


def test_the_table_in_code_is_the_domains() -> None:
    assert {step.name for step in TABLE} == set(DOMAIN)
    for step in TABLE:
        start, to, who, needs = DOMAIN[step.name]
        assert step.start == frozenset(map(Status, start)), step.name
        assert str(step.to) == (to or "same"), step.name
        assert {str(role) for role in step.who} == set(who.split()), step.name
        wanted = [need.split("|") for need in needs.split()]
        got = [[need] if isinstance(need, str) else list(need) for need in step.needs]
        assert sorted(map(sorted, got)) == sorted(map(sorted, wanted)), step.name
        assert step.deciding is (step.name in DECIDING), step.name
        assert step.name == "report" or set(step.fields) <= FIELDS.keys(), step.name
    others = {step.name for step in TABLE if step.other_leaders}
    assert others == {"sample", "comment", "attach"}


def prepared(desk: Desk, status: str, step: str, level: str) -> Case:
    """Return a case at a status for which nothing but status and role decides about a step."""
    over, decider = DECIDER["street" if level == "grid" else level], DECIDER[level]
    given = {}
    if step == "dispatch_urgent":
        given["urgency"] = "urgent"
    if step == "deny" and status == "closed":
        given["category"] = "02001"  # closes on submit
        case = desk.stage("reported", level=level, **given)
        for who, name in WAYS["checking"]:
            category = {"category": "02001"} if name == "file" else {}
            desk.act(case, decider if who == "decider" else who, name, **category)
        return case
    if step == "sample" and status == "closed" and level == "grid":
        case = desk.take()
        return desk.act(case, "member", "settle")
    if status == "waiting" and step in ("appeal_timeout", "excuse", "uphold"):
        case = desk.stage("handling", level=level)
        if step != "appeal_timeout":
            desk.act(case, "head", "appeal_timeout")
        return desk.act(case, "handler", "ask_more")
    if status == "waiting":
        # Long enough ago for the clock to end the wait.
        desk.at = START - 10 * DAY
        case = desk.stage(status, level=level, **given)
        if step == "answer":
            desk.act(case, "committee", "supervise")
        desk.at = START + DAY / 2
        return case
    case = desk.stage(status, level=level, **given)
    request = step.removeprefix("grant_").removeprefix("refuse_")
    request = {"extend": "extension", "suspend": "suspension"}.get(request, request)
    asked_at = {"return": ["dispatched", "handling"]}.get(request, ["handling"])
    if request in ("return", "extension", "suspension") and status in asked_at:
        desk.act(case, "handler", f"ask_{request}")
    if step in ("open_joint", "refuse_joint") and status in DOMAIN[step][0]:
        desk.act(case, over, "propose_joint")
    if step in ("excuse", "uphold") and status in TIMEOUT:
        desk.act(case, "head", "appeal_timeout")
    if step == "answer":
        if status in OPEN:
            desk.act(case, "committee", "supervise")
        elif status in DONE:
            desk.act(case, over, "reopen")
            desk.act(case, "committee", "supervise")
            for who, name in WAYS[status][1:]:
                desk.act(case, decider if who == "decider" else who, name)
    assert case.status == status
    return case


# Steps for which a case must be made ready; all others are judged on one plain case.
OWN_CASE = set(
    "dispatch_urgent deny sample appeal_timeout excuse uphold grant_return refuse_return extend "
    "refuse_extension suspend refuse_suspension answer open_joint refuse_joint".split()
)


def allowed(status: str, step: str, who: str, level: str, *, drawn: bool = False) -> bool:
    """Say what the domain says of somebody who wants to take a step on a case in G1."""
    start, _, roles, _ = DOMAIN[step]
    if status not in start:
        return False
    role = STANDS.get(who)
    if role == "import":
        return True
    if drawn and who == "leader2":
        return step in ("sample", "comment")
    if role is None or role not in roles.split():
        return False
    if role in ("handler", "head") and status not in WITH_UNIT:
        return status == "waiting" and step == "appeal_timeout"
    if step in DECIDING and level != "grid" and role in ("leader", "member"):
        return False
    if step in DECIDING and level == "district" and who == "dispatcher":
        return False
    return not _exception(status, step, who, role, level)


def _exception(status: str, step: str, who: str, role: str, level: str) -> bool:
    """Tell whether one of the rules around the table forbids it."""
    if step in ("claim", "give_back", "check_off"):
        return True  # it is no wish, and no transfer
    if step in ("ask_join", "join", "drop_item", "close_joint"):
        return True  # it is neither joint nor an item
    if step == "ask_more":
        # In intake leader and dispatcher ask, in handling the handler.
        wrong = (role == "handler") is (status == "reported")
        return wrong or (role == "leader" and level != "grid")
    if step in ("pass", "rework"):
        # Never of the unit that handled it; the committee where nobody else remains.
        return who == "member-property" or role in ("committee", "head")
    if step == "recall":
        return role == "leader" and status == "handling"
    if step == "escalate":
        return level == "district" and role != "clock"
    if step == "send_down":
        return level == "grid"
    return False


@pytest.fixture(scope="module")
def counter(shared_town: Town) -> Iterator[Desk]:
    with trying(shared_town) as desk:
        yield desk


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("status", ANY)
def test_every_step_by_everybody(counter: Desk, status: str, level: str) -> None:
    desk = counter
    wrong: list[str] = []
    with desk.undone():
        desk.at = START
        plain = prepared(desk, status, "", level)
        target = desk.joint()
        wrong += _compare(_scenes(desk, plain), target, set(SENDABLE) - OWN_CASE, level)
        for step in sorted(OWN_CASE):
            case = prepared(desk, status, step, level)
            wrong += _compare(_scenes(desk, case), target, {step}, level)
    assert wrong == []


def _scenes(desk: Desk, case: Case) -> dict[str, Scene]:
    """Return what the rules see, for everybody; who acts is all that differs."""
    scene = desk.scene(case, "leader")
    return {who: at(scene, actor=desk.actor(who, case)) for who in EVERYBODY}


def _compare(scenes: dict[str, Scene], target: Case, steps: set[str], level: str) -> Iterator[str]:
    for who, scene in scenes.items():
        case, offers = scene.case, {offer.step.name for offer in offered(scene)}
        for step in sorted(steps):
            expected = allowed(case.status, step, who, level, drawn=case.to_sample)
            refusal = _refusal(scene, step, target)
            if expected is (refusal is not None):
                yield f"{step} by {who} at {case.status}/{level}: {refusal!r}, not {expected}"
            if who != "import" and (step in offers) is not expected:
                yield f"{step} to {who} at {case.status}/{level}: offered, not {expected}"


def _refusal(scene: Scene, step: str, target: Case) -> GridgovError | None:
    given = {"target": target.number} if step in ("merge", "bundle") else given_at(step, scene.at)
    given = {} if scene.actor.role == "clock" and step == "supply" else given
    try:
        advance(at(scene, given=given, target=target), step_named(step))
    except GridgovError as error:
        return error
    return None


def test_what_is_allowed_is_written_and_what_is_not_changes_nothing(counter: Desk) -> None:
    """Through the verb itself: a sample of all that the matrix above decides."""
    desk, draw = counter, random.Random(20260701)
    with desk.undone():
        desk.at = START
        for status in ANY:
            case = prepared(desk, status, "", "grid")
            desk.at = case.updated_at
            offers = {
                who: {offer.step.name for offer in offered(scene)}
                for who, scene in _scenes(desk, case).items()
            }
            for step in SENDABLE:
                yes = [who for who in EVERYBODY if step in offers[who]]
                no = [who for who in EVERYBODY if who not in yes and who != "import"]
                refused = draw.sample(no, 1) if draw.random() < 0.3 else []
                for who in draw.sample(yes, min(1, len(yes))) + refused:
                    _through_the_verb(desk, case, step, who, taken=who in yes)


def _through_the_verb(desk: Desk, case: Case, step: str, who: str, *, taken: bool) -> None:
    before, start = case.version, case.status
    with desk.undone():
        try:
            desk.act(case, who, step)
        except GridgovError as error:
            assert not taken or isinstance(error, BadInput), (step, who, start, error)
            desk.session.expire_all()
            assert (case.version, case.status) == (before, start)
            return
        assert taken, (step, who, start)
        event = desk.events(case)[-1]
        assert (event.version, event.step, event.from_status) == (before + 1, step, start)
        to = DOMAIN[step][1]
        assert event.to_status == case.status
        assert case.status == {"back": "reported", None: start}.get(to, to)
