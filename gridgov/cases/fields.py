"""What a step may be given: each field's kind, its bounds, its choices and their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gridgov.words import N_

TEXT_LENGTH = 5000


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    CHOICE = "choice"
    FLAG = "flag"
    UNIT = "unit"
    PERSON = "person"
    CATEGORY = "category"
    CASE = "case"
    GRID = "grid"
    DATE = "date"
    INSTANT = "instant"
    LOCATION = "location"
    COUNT = "count"


@dataclass(frozen=True)
class Field:
    """A field of a step: `choices` maps each value to its English name."""

    kind: Kind
    label: str
    choices: Mapping[str, str] | None = None


RETURN_REASONS = {
    "not_ours": N_("not our duty"),
    "wrong_place": N_("wrong place"),
    "incomplete": N_("information missing"),
    "duplicate": N_("duplicate"),
}
SUSPENSION_REASONS = {
    "works": N_("construction works"),
    "season": N_("season"),
    "funds": N_("funds"),
    "ownership": N_("ownership"),
    "policy_gap": N_("policy gap"),
}
OUTCOMES = {
    "solved": N_("solved"),
    "partly_solved": N_("partly solved"),
    "explained": N_("explained"),
    "unfounded": N_("unfounded"),
    "redirected": N_("led to another channel"),
    "withdrawn_by_reporter": N_("withdrawn by the reporter"),
}
VERIFICATIONS = {
    "confirmed": N_("confirmed on site"),
    "not_found": N_("not found on site"),
    "unclear": N_("could not be verified"),
}
SAMPLES = {"genuine": N_("genuine"), "failed": N_("failed")}
SATISFACTION = {
    "satisfied": N_("satisfied"),
    "fairly_satisfied": N_("fairly satisfied"),
    "dissatisfied": N_("dissatisfied"),
}
URGENCIES = {"normal": N_("normal"), "urgent": N_("urgent")}
AUDIENCES = {
    "staff": N_("staff"),
    "reporter": N_("reporter"),
    "claimant": N_("whoever claimed the wish"),
}
# In what the own limit of a joint case is counted.
LIMIT_KINDS = {
    "working_days": N_("working days"),
    "calendar_days": N_("calendar days"),
}
MOST_DAYS = 400
# The papers of a membership transfer, in the order in which they are ticked.
PAPERS = {
    "application": N_("Application"),
    "release": N_("Release checked"),
    "letter": N_("Letter of introduction issued"),
    "reception": N_("Received"),
    "branch": N_("Entered in a branch"),
    "receipt": N_("Receipt"),
}

# Why somebody reads a contact; the last is what a callback notes by itself.
PURPOSES = {
    "ask": N_("to ask what is meant"),
    "appointment": N_("to make an appointment on site"),
    "danger": N_("to avert danger"),
    "explain": N_("to explain the result"),
    "own_request": N_("because the reporter asked for it"),
    "callback": N_("for a callback"),
}

FIELDS: dict[str, Field] = {
    "text": Field(Kind.TEXT, N_("Text")),
    "reason": Field(Kind.TEXT, N_("Reason")),
    "question": Field(Kind.TEXT, N_("Question")),
    "result": Field(Kind.TEXT, N_("Result")),
    "instead": Field(Kind.TEXT, N_("Where to turn instead")),
    "no_photo": Field(Kind.TEXT, N_("Why there is no photo")),
    "plan": Field(Kind.TEXT, N_("Plan")),
    "paper": Field(Kind.CHOICE, N_("Paper"), PAPERS),
    "verification": Field(Kind.CHOICE, N_("Finding"), VERIFICATIONS),
    "sampled": Field(Kind.CHOICE, N_("Finding"), SAMPLES),
    "outcome": Field(Kind.CHOICE, N_("Outcome"), OUTCOMES),
    "return_reason": Field(Kind.CHOICE, N_("Reason"), RETURN_REASONS),
    "suspension_reason": Field(Kind.CHOICE, N_("Reason"), SUSPENSION_REASONS),
    "satisfaction": Field(Kind.CHOICE, N_("Satisfaction"), SATISFACTION),
    "urgency": Field(Kind.CHOICE, N_("Urgency"), URGENCIES),
    "purpose": Field(Kind.CHOICE, N_("Purpose"), PURPOSES),
    "audience": Field(Kind.CHOICE, N_("For whom"), AUDIENCES),
    "contacted": Field(Kind.FLAG, N_("Did the unit contact you?")),
    "wants_withdraw": Field(Kind.FLAG, N_("I want to withdraw this request")),
    "solved": Field(Kind.FLAG, N_("Is it solved?")),
    "unit": Field(Kind.UNIT, N_("Unit")),
    "proposed_unit": Field(Kind.UNIT, N_("Proposed unit")),
    "person": Field(Kind.PERSON, N_("Person")),
    "category": Field(Kind.CATEGORY, N_("Category")),
    "target": Field(Kind.CASE, N_("Number of the other case")),
    "grid": Field(Kind.GRID, N_("Grid")),
    "resume_on": Field(Kind.DATE, N_("Resume on")),
    "valid_until": Field(Kind.DATE, N_("Valid until")),
    "reply_due": Field(Kind.INSTANT, N_("Reply due")),
    "location": Field(Kind.LOCATION, N_("Place")),
    "limit_days": Field(Kind.COUNT, N_("Days for the whole")),
    "limit_kind": Field(Kind.CHOICE, N_("Counted in"), LIMIT_KINDS),
}
