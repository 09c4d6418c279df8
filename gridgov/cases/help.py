"""Who could help with a case, for whoever sends it out, leads it, or may ask for a joint one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from gridgov.cases import show
from gridgov.cases.act import find, scene_of
from gridgov.cases.facts import Scene
from gridgov.cases.known import Known
from gridgov.cases.standing import is_reporter, is_subject, units_about
from gridgov.errors import NotFound
from gridgov.people.actors import Actor
from gridgov.people.alliance import Helper, helpers
from gridgov.people.roles import Role

# Who sends out, proposes a joint case, or leads one.
ASKING = frozenset({Role.LEADER, Role.DISPATCHER, Role.ORGANISER, Role.HEAD, Role.COMMITTEE})


def who_could_help(
    session: Session, number: str, actor: Actor, at: datetime, known: Known
) -> list[Helper]:
    """Return who could help with a case that somebody sees. Raises NotFound."""
    case = find(session, number, actor, at, known)
    scene = scene_of(session, case, actor, at, known)
    if not asks(scene):
        raise NotFound(field="number")
    return of_scene(scene)


def asks(scene: Scene) -> bool:
    """Tell whether somebody who sees a case may be told who could help with it."""
    roles = show.roles_here(scene)
    return bool(roles & ASKING) and not is_reporter(scene) and not is_subject(scene)


def of_scene(scene: Scene) -> list[Helper]:
    """Return who could help, by as much of the case's words as the actor is shown.

    With a membership transfer nobody else helps: it is its organiser's alone, and others are not
    to learn of it.
    """
    case = scene.case
    if scene.category is not None and scene.category.transfer:
        return []
    said = [case.summary, case.description if show.original_text(scene) else None]
    return helpers(
        scene.office,
        text=" ".join(part for part in said if part),
        category=case.category_code,
        places=scene.places,
        besides={*units_about(scene), case.unit_code or ""},
    )
