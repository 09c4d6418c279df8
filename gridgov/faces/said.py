"""What a step was given besides texts, and what a case asks for, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gridgov.cases.facts import Scene
from gridgov.cases.fields import FIELDS, Kind
from gridgov.cases.known import Known
from gridgov.language import say
from gridgov.words import N_

STOPS = ".\u3002 \n"  # the sentence brings its own
FULL = ("\u3002", "\uff01", "\uff1f")  # full stop, exclamation and question mark of Chinese

PENDING = {
    "return": N_("a return."),
    "joint": N_("joint handling."),
    "extension": N_("an extension."),
    "suspension": N_("suspension."),
    "timeout": N_("excusing the delay."),
}


def given(known: Known, data: Mapping[str, Any]) -> list[str]:
    """Return in words what a step was given besides texts."""
    said = []
    for name, value in data.items():
        field = FIELDS.get(name)
        if field is None or value is None or name == "audience":
            continue
        if field.kind is Kind.CHOICE:
            value = say((field.choices or {}).get(value, str(value)))
        elif field.kind is Kind.UNIT:
            value = known.office.units[value].name if value in known.office.units else value
        elif field.kind is Kind.PERSON:
            value = known.office.people[value].name if value in known.office.people else value
        elif field.kind is Kind.FLAG:
            value = say(N_("Yes") if value else N_("No"))
        elif field.kind is Kind.CATEGORY:
            value = known.categories[value].name if value in known.categories else value
        elif field.kind in (Kind.LOCATION, Kind.CASE):
            continue
        value = str(value).rstrip(STOPS)
        label = say(field.label)
        asks = label.endswith(("?", "\uff1f"))
        form = N_("%(label)s %(value)s.") if asks else N_("%(label)s: %(value)s.")
        said.append(say(form, {"label": label, "value": value}))
    return said


def together(sentences: Iterable[str]) -> str:
    """Return sentences as one text; no blank follows a full stop of Chinese."""
    said = ""
    for one in sentences:
        said += one if not said or said.endswith(FULL) else f" {one}"
    return said


def asked(known: Known, scene: Scene) -> str | None:
    """Return the request that waits for a decision, in words; nothing where none does."""
    waits = dict(scene.case.pending or {})
    if not waits:
        last = scene.last("appeal_timeout", "excuse", "uphold", whole=True)
        if last is None or last.step != "appeal_timeout":
            return None
        waits = {"kind": "timeout"}
    kind = PENDING.get(waits.get("kind", ""), N_("a decision"))
    waits.pop("unit", None)  # who asks stands on the page as the unit
    return together([say(kind), *given(known, waits)])
