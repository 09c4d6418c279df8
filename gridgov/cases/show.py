"""What of a case somebody is shown, beyond whether they see it at all. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gridgov.cases.claiming import CLAIMANT, since_claim
from gridgov.cases.facts import Scene
from gridgov.cases.standing import claims, covers, is_reporter, only_claims
from gridgov.cases.tables import Case, Event
from gridgov.cases.workflow import VERIFYING
from gridgov.people.roles import GRID_ROLES, UNIT_ROLES, Role

# 保密: only the dispatcher sees the contact; the unit gets a rewritten summary.
READ_CONFIDENTIAL = frozenset({Role.DISPATCHER, Role.LEADER, Role.COMMITTEE, Role.ORGANISER})
# Enterprise, resident, party and wish cases are never public, whatever their category says.
PUBLIC_KINDS = ("component", "matter")
PUBLIC = ("place", "text")
SEE_CONTACT = frozenset(
    {Role.DISPATCHER, Role.LEADER, Role.CALLER, Role.ORGANISER, Role.HANDLER, Role.HEAD}
)


def roles_here(scene: Scene) -> frozenset[Role]:
    """Return the roles that the actor holds towards the case."""
    return frozenset(duty.role for duty in scene.actor.duties if covers(duty, scene))


def past_grid(case: Case) -> bool:
    """Tell whether a firm's need goes past its grid, whose leader may be its competitor."""
    of_firm = case.kind == "enterprise" or case.firm_code is not None
    apart = case.confidential and of_firm and case.level != "grid"
    # Who is sent to look has to know where, and what for.
    return apart and case.status != VERIFYING


def original_text(scene: Scene) -> bool:
    """Tell whether the reporter's own words are shown, rather than a summary."""
    if is_reporter(scene) or scene.actor.machine:
        return True
    if only_claims(scene):
        return False
    roles = roles_here(scene)
    if scene.case.confidential:
        reading = READ_CONFIDENTIAL - GRID_ROLES if past_grid(scene.case) else READ_CONFIDENTIAL
        return bool(roles & reading)
    # A leader of another grid, who samples, holds no role here and judges by the text.
    return roles != {Role.GIS}


def exact_place(scene: Scene) -> bool:
    """Tell whether address and point are shown; GIS staff see what is private by its cell.

    A grid's leader and members see neither of a firm's need that goes past the grid: its address
    is the firm's.
    """
    if is_reporter(scene) or scene.actor.machine:
        return True
    case, roles = scene.case, roles_here(scene)
    if roles and roles <= GRID_ROLES | {Role.GIS} and past_grid(case):
        return False
    if roles != {Role.GIS}:
        return True
    category = scene.categories.get(case.category_code or "")
    open_to_all = category is not None and category.public in PUBLIC
    return open_to_all and case.kind in PUBLIC_KINDS and not case.confidential


def contact(scene: Scene) -> bool:
    """Tell whether the masked contact is shown."""
    roles = roles_here(scene)
    if scene.case.confidential:
        return bool(roles & {Role.DISPATCHER, Role.ORGANISER})
    return bool(roles & SEE_CONTACT)


def events(scene: Scene, happened: Sequence[Event]) -> list[Event]:
    """Return the events that are shown; to whoever claimed a wish, their own handling of it."""
    if only_claims(scene):
        return since_claim(happened)
    mine = since_claim(happened) if claims(scene) else []
    return [one for one in happened if one in mine or event(scene, one)]


def event(scene: Scene, happened: Event) -> bool:
    """Tell whether an event is shown: to the reporter what is meant for them.

    What reporters think of a unit reaches it in totals only. What is meant for whoever claimed a
    wish may say how to reach the wisher: of the staff those read it who are shown the contact.
    """
    if is_reporter(scene):
        return happened.audience == "reporter"
    if happened.person_code is not None and happened.person_code == scene.actor.person:
        return True
    if happened.audience == CLAIMANT:
        return scene.actor.machine or contact(scene)
    return happened.step != "evaluate" or not roles_here(scene) <= UNIT_ROLES
