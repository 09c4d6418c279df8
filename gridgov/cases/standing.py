"""In which role somebody stands to a case. Pure; the SQL twin for lists is `gridgov.cases.see`."""

from __future__ import annotations

from collections.abc import Iterator

from gridgov.cases.facts import Scene
from gridgov.cases.workflow import (
    CLOSED,
    DISPATCHER,
    EVALUATED,
    FILED,
    HANDLER,
    LEADER,
    MEMBER,
    Lead,
    Step,
)
from gridgov.people.office import DISTRICT_DIGITS, STREET_DIGITS, DutyHeld
from gridgov.people.roles import AREA_ROLES, GRID_ROLES, UNIT_ROLES, Role

LEVELS = ("grid", "street", "district")
REACH = {"grid": STREET_DIGITS, "street": STREET_DIGITS, "district": DISTRICT_DIGITS}
# A party case has no leader, dispatcher or handler but its organiser.
ORGANISER_AS = frozenset({LEADER, DISPATCHER, HANDLER})
HEARD = "visit"
BY_WHOM_IT_CONCERNS = frozenset(
    {"confirm", "deny", "evaluate", "appeal", "withdraw", "reopen", "erase"}
)
NOT_BY_ORGANISER = frozenset({"pass", "rework"})


def role_for(scene: Scene, step: Step) -> Role | None:
    """Return the first role in which the actor may take a step as far as duties go, else None."""
    return next(iter(roles_for(scene, step)), None)


def roles_for(scene: Scene, step: Step) -> list[Role]:
    """Return all roles in which the actor may take a step as far as duties go."""
    actor = scene.actor
    if actor.role is Role.IMPORT:
        return [Role.IMPORT]
    if actor.role is Role.CLOCK:
        return [Role.CLOCK] if Role.CLOCK in step.who else []
    if step.name == "claim":  # whoever is signed in, with or without a duty
        return [HANDLER] if actor.account and not is_subject(scene) else []
    if is_reporter(scene):
        # Who only wrote down what a firm said follows it, and judges nothing in the firm's stead.
        heard_it = scene.case.channel == HEARD and actor.role is not Role.REPORTER
        if Role.REPORTER in step.who and not (heard_it and step.name in BY_WHOM_IT_CONCERNS):
            return [Role.REPORTER]
        # A need that an organiser heard at a firm and reported.
        heard = Role.ORGANISER in step.who and actor.holds(Role.ORGANISER)
        return [Role.ORGANISER] if heard else []
    if is_subject(scene):
        return []
    found = [_role_by(duty, scene, step) for duty in actor.duties]
    if step.claimant and claims(scene):
        found.append(HANDLER)
    return list(dict.fromkeys(role for role in found if role))


def is_reporter(scene: Scene) -> bool:
    """Tell whether the actor reported the case, by its code or by account."""
    actor, case = scene.actor, scene.case
    if actor.role is Role.REPORTER:
        return True
    # Staff who reported a case work it by their duties; without any, they are its reporter.
    return bool(
        actor.account
        and actor.account == case.reporter_account_id
        and not any(covers(duty, scene) for duty in actor.duties)
    )


def claims(scene: Scene) -> bool:
    """Tell whether the actor's account has claimed the wish."""
    account = scene.actor.account
    return account is not None and account == scene.case.claimant_id


def claimant(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield whom to tell as the wish's claimant: by their duty, else by the account."""
    case = scene.case
    if case.claimant_id is None:
        return
    if case.handler_code and scene.office.duties_of(case.handler_code, scene.at):
        yield "person", case.handler_code
    else:
        yield "account", str(case.claimant_id)


def only_claims(scene: Scene) -> bool:
    """Tell whether the actor sees the case for nothing else than having claimed it."""
    if any(covers(duty, scene) for duty in scene.actor.duties):
        return False
    return claims(scene) or _gave_back(scene)


def _gave_back(scene: Scene) -> bool:
    """Tell whether the actor has let go of a wish just now: nobody else comes upon one so."""
    case, actor = scene.case, scene.actor
    waits = case.kind == "wish" and case.status == FILED and case.claimant_id is None
    jointly = case.joint or case.joint_id is not None
    may_help = jointly and any(duty.role in UNIT_ROLES for duty in actor.duties)
    return waits and not may_help and actor.account is not None and not is_reporter(scene)


def is_subject(scene: Scene) -> bool:
    """Tell whether the case is about the actor, or about a unit of theirs."""
    actor = scene.actor
    units = {duty.place for duty in actor.duties if duty.role in UNIT_ROLES} | {actor.unit}
    return actor.person in scene.subject_persons or bool(units & units_about(scene))


def units_about(scene: Scene) -> set[str]:
    """Return the units that the case is about, with all units below them."""
    return {unit for subject in scene.subject_units for unit in scene.office.below(subject)}


def covers(duty: DutyHeld, scene: Scene) -> bool:
    """Tell whether the case lies within a duty."""
    case = scene.case
    if case.kind == "party":
        return _covers_party(duty, scene)
    if duty.role in GRID_ROLES:
        return case.grid_code == duty.place
    if duty.role in UNIT_ROLES:
        return case.unit_code in scene.office.below(duty.place)
    if duty.role in AREA_ROLES and duty.role is not Role.ORGANISER:
        return case.area_code.startswith(duty.place)
    return False


def _covers_party(duty: DutyHeld, scene: Scene) -> bool:
    case = scene.case
    if duty.role is Role.ORGANISER:
        return case.area_code.startswith(duty.place)
    if duty.role is Role.HEAD:
        organisers = scene.office.over_area(Role.ORGANISER, case.area_code, scene.at)
        units = {scene.office.people[held.person].unit for held in organisers}
        return bool(units & scene.office.below(duty.place))
    transfer = scene.category is not None and scene.category.transfer
    if duty.role in (Role.DISPATCHER, Role.COMMITTEE) and not transfer:
        return case.area_code.startswith(duty.place)
    return False


def _role_by(duty: DutyHeld, scene: Scene, step: Step) -> Role | None:
    case = scene.case
    if step.other_leaders and duty.role is LEADER and duty.place != case.grid_code:
        street = scene.office.street_of.get(duty.place)
        drawn = case.to_sample and case.status in (CLOSED, EVALUATED)
        open_to = drawn and not case.confidential and case.kind != "party"
        return LEADER if open_to and street == case.area_code[:STREET_DIGITS] else None
    if step.lead is Lead.ONLY and duty.role is Role.HEAD:
        return Role.HEAD if _leads(duty, scene) else None
    if not covers(duty, scene):
        return _jointly(duty, scene, step)
    if duty.role is Role.ORGANISER:
        acts = step.who & ORGANISER_AS and step.name not in NOT_BY_ORGANISER
        return Role.ORGANISER if acts or Role.ORGANISER in step.who else None
    if duty.role not in step.who:
        return None
    if duty.role is Role.HEAD and not _by_head(case.kind, step):
        return None
    if step.deciding and not _decides(duty, case.level):
        return None
    return duty.role


def _leads(duty: DutyHeld, scene: Scene) -> bool:
    led = scene.lead is not None and scene.case.kind != "party"
    return led and scene.lead in scene.office.below(duty.place)


def _jointly(duty: DutyHeld, scene: Scene, step: Step) -> Role | None:
    """Return the role in which somebody of the leading or a co-operating unit takes a step."""
    if duty.role not in UNIT_ROLES or scene.case.kind == "party":
        return None
    leads = _leads(duty, scene)
    if leads and step.lead is Lead.ALSO and duty.role is Role.HEAD:
        return Role.HEAD
    if step.co_units and (leads or scene.co_units & scene.office.below(duty.place)):
        return duty.role
    return None


def _by_head(kind: str | None, step: Step) -> bool:
    # A head passes only membership transfers of the organiser, and does nothing else there but
    # what everybody does who sees a case.
    return Role.GIS in step.who or (kind == "party") is (step.name == "pass")


def _decides(duty: DutyHeld, level: str) -> bool:
    if duty.role in (LEADER, MEMBER):
        return level == "grid"
    if duty.role is DISPATCHER:
        return len(duty.place) <= REACH[level]
    return True
