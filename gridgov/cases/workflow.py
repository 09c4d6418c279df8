"""The whole workflow as one table: steps, from, to, who, needs, guards.

The check in the API, the steps that a case offers, the diagram in the README and the matrix of
tests all derive from it. Guards are named here and stand in `gridgov.cases.guards`; what a step
changes besides the status stands in `gridgov.cases.effects`, under the step's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gridgov.people.roles import Role
from gridgov.words import N_, Word


class Status(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    WAITING = "waiting"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    SUSPENDED = "suspended"
    CHECKING = "checking"
    CLOSED = "closed"
    EVALUATED = "evaluated"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


STATUS_LABELS = {
    Status.REPORTED: N_("Waiting for intake"),
    Status.VERIFYING: N_("Being verified"),
    Status.WAITING: N_("Waiting for the reporter"),
    Status.FILED: N_("Waiting for dispatch"),
    Status.DISPATCHED: N_("Waiting for acceptance"),
    Status.HANDLING: N_("Being handled"),
    Status.SUSPENDED: N_("Suspended"),
    Status.CHECKING: N_("Waiting for the check"),
    Status.CLOSED: N_("Closed"),
    Status.EVALUATED: N_("Evaluated"),
    Status.REJECTED: N_("Rejected"),
    Status.WITHDRAWN: N_("Withdrawn"),
    Status.MERGED: N_("Merged"),
}
DROPPED = N_("Dropped from the list")

REPORTED, VERIFYING, WAITING, FILED, DISPATCHED, HANDLING, SUSPENDED, CHECKING = tuple(Status)[:8]
CLOSED, EVALUATED, REJECTED, WITHDRAWN, MERGED = tuple(Status)[8:]
ANY = frozenset(Status)
ENDED = frozenset({CLOSED, EVALUATED, REJECTED, WITHDRAWN, MERGED})
OPEN = ANY - ENDED

LEADER, MEMBER, HANDLER, HEAD = Role.LEADER, Role.MEMBER, Role.HANDLER, Role.HEAD
DISPATCHER, COMMITTEE, CALLER = Role.DISPATCHER, Role.COMMITTEE, Role.CALLER
REPORTER, ANYONE, CLOCK = Role.REPORTER, Role.ANYONE, Role.CLOCK


def status_label(status: Status, *, item: bool) -> Word:
    """Return how a status is called; an item of a joint case is not refused: it is off its list."""
    return DROPPED if item and status is REJECTED else STATUS_LABELS[status]


class To(StrEnum):
    """Where a step leads when that is no fixed status."""

    SAME = "same"
    BACK = "back"  # to where it was before waiting


class Tell(StrEnum):
    """Whom a step's notice goes to."""

    ANSWERER = "answerer"  # leader, deputy or dispatcher, by the case's level
    DISPATCHER = "dispatcher"
    UNIT = "unit"
    HEAD = "head"
    REPORTER = "reporter"
    COMMITTEE = "committee"
    ASKED = "asked"  # the unit that is asked to co-operate
    LEAD = "lead"  # the heads of the unit that leads the joint case whose item it is


class Lead(StrEnum):
    """Whether the head of the unit that leads a joint case takes a step on its items."""

    NO = "no"
    ALSO = "also"  # on items of other units, beside whoever takes it anyway
    ONLY = "only"  # no other head


@dataclass(frozen=True)
class Step:
    """One line of the table.

    `needs` are fields that must be given; a tuple among them means one or more of those. `may`
    are fields that can be. `deciding` steps are taken at the case's level: once it has left the
    grid, not by leader and members. `other_leaders` lets leaders of other grids take it too,
    `lead` the head of the unit that leads a joint case on its items, `co_units` the units that are
    asked to co-operate, `claimant` whose account has claimed the wish.
    """

    name: str
    label: str
    start: frozenset[Status]
    to: Status | To
    who: frozenset[Role]
    needs: tuple[str | tuple[str, ...], ...] = ()
    may: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    deciding: bool = False
    other_leaders: bool = False
    lead: Lead = Lead.NO
    co_units: bool = False
    claimant: bool = False
    audience: str = "staff"
    tell: tuple[Tell, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields that it takes, needed ones first."""
        flat = [
            name for need in self.needs for name in ((need,) if isinstance(need, str) else need)
        ]
        return (*flat, *self.may)


def _step(
    name: str,
    label: str,
    start: set[Status] | frozenset[Status],
    to: Status | To,
    who: set[Role],
    needs: tuple[str | tuple[str, ...], ...] = (),
    **more: Any,
) -> Step:
    return Step(name, label, frozenset(start), to, frozenset(who), needs, **more)


_WORKED = {DISPATCHED, HANDLING}
_CARDED = {DISPATCHED, HANDLING, SUSPENDED, CHECKING}
_BEFORE_JOINT = {REPORTED, FILED, DISPATCHED, HANDLING}
_EVERYONE = {
    LEADER, MEMBER, HANDLER, HEAD, DISPATCHER, COMMITTEE, CALLER, Role.GIS, Role.ORGANISER,
    REPORTER,
}  # fmt: skip
_OF_REPORTER = "reporter"

# fmt: off
TABLE: tuple[Step, ...] = (
    _step("report", N_("Report"), set(), REPORTED, {ANYONE},
          (("description", "category"),), audience=_OF_REPORTER, tell=(Tell.ANSWERER,)),
    _step("settle", N_("Settle on the spot"), {REPORTED, FILED}, CLOSED, {MEMBER, LEADER},
          ("category", "result"), guards=("another_decides", "not_transfer", "not_joint"),
          audience=_OF_REPORTER, tell=(Tell.REPORTER,), deciding=True),
    _step("ask_verify", N_("Ask to verify"), {REPORTED}, VERIFYING, {LEADER, DISPATCHER},
          may=("text", "person"), tell=(Tell.ANSWERER,), deciding=True),
    _step("verify", N_("Verify"), {VERIFYING}, REPORTED, {MEMBER, LEADER},
          ("verification",), may=("text",), tell=(Tell.ANSWERER,)),
    _step("recall_verify", N_("Recall verification"), {VERIFYING}, REPORTED,
          {LEADER, DISPATCHER, CLOCK}, deciding=True),
    _step("ask_more", N_("Ask the reporter"), {REPORTED, HANDLING}, WAITING,
          {LEADER, DISPATCHER, HANDLER}, ("question",), guards=("asker_of_stage",),
          audience=_OF_REPORTER, tell=(Tell.REPORTER,)),
    _step("supply", N_("Supply"), {WAITING}, To.BACK, {REPORTER, CALLER, CLOCK},
          may=("text",), guards=("supplies_something",), audience=_OF_REPORTER,
          tell=(Tell.ANSWERER, Tell.UNIT)),
    _step("file", N_("File"), {REPORTED}, FILED, {LEADER, DISPATCHER},
          ("category",), guards=("another_decides", "joint_stays"), audience=_OF_REPORTER,
          deciding=True),
    _step("reject", N_("Reject"), {REPORTED}, REJECTED, {LEADER, DISPATCHER},
          ("reason", "instead"), guards=("another_decides", "items_ended"), audience=_OF_REPORTER,
          tell=(Tell.REPORTER,), deciding=True),
    _step("appeal", N_("Appeal"), {REJECTED}, REPORTED, {REPORTER},
          ("reason",), guards=("appeals_once",), audience=_OF_REPORTER,
          tell=(Tell.ANSWERER, Tell.DISPATCHER)),
    _step("merge", N_("Merge"), {REPORTED, FILED, DISPATCHED, HANDLING}, MERGED,
          {LEADER, DISPATCHER}, ("target",),
          guards=("another_decides", "target_open", "items_ended"), audience=_OF_REPORTER,
          tell=(Tell.REPORTER, Tell.UNIT), deciding=True),
    _step("unmerge", N_("Undo the merge"), {MERGED}, REPORTED, {DISPATCHER},
          ("reason",), audience=_OF_REPORTER, tell=(Tell.ANSWERER,), deciding=True),
    _step("withdraw", N_("Withdraw"), {REPORTED, VERIFYING, WAITING, FILED}, WITHDRAWN,
          {REPORTER}, may=("reason",), guards=("withdrawable", "items_ended"),
          audience=_OF_REPORTER, tell=(Tell.ANSWERER,)),
    _step("dispatch", N_("Dispatch"), {FILED}, DISPATCHED, {LEADER, DISPATCHER},
          ("unit",), may=("text",), guards=("unit_serves", "not_street_only"),
          audience=_OF_REPORTER, tell=(Tell.UNIT,), deciding=True, lead=Lead.ALSO),
    _step("dispatch_urgent", N_("Dispatch at once"), {REPORTED, FILED}, DISPATCHED,
          {MEMBER, LEADER, DISPATCHER, CLOCK}, ("category",),
          guards=("urgent_rule", "not_street_only", "joint_stays"), audience=_OF_REPORTER,
          tell=(Tell.UNIT, Tell.ANSWERER)),
    _step("assign_final", N_("Assign finally"), {FILED}, DISPATCHED, {DISPATCHER},
          ("unit", "reason"), guards=("unit_serves",), tell=(Tell.UNIT, Tell.HEAD), deciding=True),
    _step("accept", N_("Accept"), {DISPATCHED}, HANDLING, {HANDLER, HEAD},
          audience=_OF_REPORTER),
    _step("assign", N_("Assign"), _WORKED, To.SAME, {HEAD},
          (("person", "unit"),), may=("text",), guards=("within_unit",), tell=(Tell.UNIT,)),
    _step("ask_return", N_("Ask to return"), _WORKED, To.SAME, {HANDLER, HEAD},
          ("return_reason", "proposed_unit"), may=("text",),
          guards=("nothing_pending", "returnable"), tell=(Tell.DISPATCHER,)),
    _step("grant_return", N_("Grant the return"), _WORKED, FILED, {DISPATCHER},
          may=("text",), guards=("return_pending",), tell=(Tell.UNIT, Tell.ANSWERER, Tell.LEAD),
          deciding=True),
    _step("refuse_return", N_("Refuse the return"), _WORKED, To.SAME, {DISPATCHER},
          ("reason",), guards=("return_pending",), tell=(Tell.UNIT,), deciding=True),
    _step("recall", N_("Recall"), _WORKED, FILED, {DISPATCHER, LEADER},
          ("reason",), guards=("leader_before_acceptance",), tell=(Tell.UNIT,), deciding=True),
    _step("claim", N_("Claim"), {FILED}, HANDLING, {HANDLER}, ("plan",), guards=("claimable",),
          audience=_OF_REPORTER, tell=(Tell.ANSWERER, Tell.REPORTER), claimant=True),
    _step("give_back", N_("Give back"), {HANDLING}, FILED, {HANDLER}, ("reason",),
          guards=("own_claim",), audience=_OF_REPORTER, tell=(Tell.ANSWERER,), claimant=True),
    _step("check_off", N_("Tick a paper"),
          {FILED, DISPATCHED, WAITING, HANDLING, SUSPENDED, CHECKING}, To.SAME, {Role.ORGANISER},
          ("paper",), may=("valid_until", "text"),
          guards=("transfer_only", "paper_in_order", "letter_dated"), audience=_OF_REPORTER,
          tell=(Tell.REPORTER,)),
    _step("progress", N_("Report progress"), {HANDLING, SUSPENDED}, To.SAME, {HANDLER},
          ("text",), audience=_OF_REPORTER, tell=(Tell.REPORTER,), claimant=True),
    _step("ask_extension", N_("Ask for an extension"), {HANDLING}, To.SAME, {HANDLER},
          ("reason",), guards=("nothing_pending", "asks_before_limit", "extensions_left"),
          tell=(Tell.DISPATCHER,)),
    _step("extend", N_("Extend"), {HANDLING}, To.SAME, {DISPATCHER},
          may=("text",), guards=("extension_pending",), tell=(Tell.UNIT, Tell.REPORTER),
          audience=_OF_REPORTER, deciding=True),
    _step("refuse_extension", N_("Refuse the extension"), {HANDLING}, To.SAME, {DISPATCHER},
          ("reason",), guards=("extension_pending",), tell=(Tell.UNIT,), deciding=True),
    _step("ask_suspension", N_("Ask for suspension"), {HANDLING}, To.SAME, {HANDLER},
          ("suspension_reason", "resume_on"), may=("text",),
          guards=("nothing_pending", "suspensions_left"), tell=(Tell.DISPATCHER,)),
    _step("suspend", N_("Suspend"), {HANDLING}, SUSPENDED, {DISPATCHER},
          may=("text",), guards=("suspension_pending", "suspension_ahead"),
          tell=(Tell.UNIT, Tell.REPORTER, Tell.LEAD),
          audience=_OF_REPORTER, deciding=True),
    _step("refuse_suspension", N_("Refuse the suspension"), {HANDLING}, To.SAME, {DISPATCHER},
          ("reason",), guards=("suspension_pending",), tell=(Tell.UNIT,), deciding=True),
    _step("resume", N_("Resume"), {SUSPENDED}, HANDLING, {DISPATCHER, CLOCK},
          may=("text",), audience=_OF_REPORTER, tell=(Tell.UNIT,), deciding=True),
    _step("submit", N_("Submit the result"), {HANDLING}, CHECKING, {HANDLER, HEAD},
          ("outcome", "result"), may=("no_photo",), guards=("not_joint", "photo_or_why"),
          audience=_OF_REPORTER, tell=(Tell.ANSWERER, Tell.REPORTER, Tell.LEAD), claimant=True),
    _step("pass", N_("Pass the check"), {CHECKING}, CLOSED,
          {MEMBER, LEADER, DISPATCHER, COMMITTEE, HEAD}, may=("text",),
          guards=("checks_from_outside",), audience=_OF_REPORTER,
          tell=(Tell.UNIT, Tell.REPORTER), lead=Lead.ALSO),
    _step("confirm", N_("Confirm"), {CHECKING}, CLOSED, {REPORTER},
          may=("text",), audience=_OF_REPORTER, tell=(Tell.UNIT,)),
    _step("rework", N_("Send back for rework"), {CHECKING}, HANDLING,
          {MEMBER, LEADER, DISPATCHER, COMMITTEE}, ("reason",),
          guards=("checks_from_outside",), tell=(Tell.UNIT,)),
    _step("deny", N_("Not solved"), {CHECKING, CLOSED}, HANDLING, {REPORTER},
          ("reason",), guards=("denies_once",), audience=_OF_REPORTER,
          tell=(Tell.UNIT, Tell.ANSWERER)),
    _step("escalate", N_("Escalate"), OPEN, To.SAME, {LEADER, DISPATCHER, CLOCK},
          ("reason",), guards=("level_above",), tell=(Tell.DISPATCHER,), deciding=True),
    _step("send_down", N_("Send down"), {REPORTED, FILED}, To.SAME, {DISPATCHER},
          ("reason",), guards=("level_below",), tell=(Tell.ANSWERER,), deciding=True),
    _step("urge", N_("Urge"), OPEN, To.SAME, {REPORTER, LEADER, DISPATCHER, COMMITTEE},
          may=("text",), guards=("urges_once_a_day",), audience=_OF_REPORTER,
          tell=(Tell.UNIT, Tell.ANSWERER), lead=Lead.ALSO),
    _step("warn_amber", N_("Amber warning"), OPEN, To.SAME, {CLOCK},
          tell=(Tell.UNIT, Tell.ANSWERER, Tell.HEAD)),
    _step("warn_red", N_("Red warning"), OPEN, To.SAME, {CLOCK},
          tell=(Tell.DISPATCHER, Tell.COMMITTEE)),
    _step("supervise", N_("Supervise"), OPEN, To.SAME, {COMMITTEE, DISPATCHER},
          ("text", "reply_due"), guards=("due_ahead",), tell=(Tell.UNIT, Tell.ANSWERER)),
    _step("instruct", N_("Instruct"), OPEN, To.SAME, {COMMITTEE},
          ("text", "reply_due"), guards=("due_ahead",), tell=(Tell.UNIT, Tell.ANSWERER)),
    _step("yellow_card", N_("Yellow card"), _CARDED, To.SAME, {COMMITTEE},
          ("reason",), guards=("card_is_new",), tell=(Tell.UNIT, Tell.HEAD)),
    _step("red_card", N_("Red card"), _CARDED, To.SAME, {COMMITTEE},
          ("reason",), guards=("card_is_new",), tell=(Tell.UNIT, Tell.HEAD)),
    _step("answer", N_("Answer the supervision"), OPEN | {CLOSED, EVALUATED}, To.SAME,
          {HEAD, LEADER, DISPATCHER}, ("text",), guards=("something_to_answer",),
          tell=(Tell.COMMITTEE, Tell.DISPATCHER)),
    _step("amend", N_("Correct"), OPEN, To.SAME, {LEADER, DISPATCHER},
          ("reason", ("category", "urgency", "location", "grid")),
          guards=("place_or_grid", "claimed_stays", "joint_stays"), tell=(Tell.ANSWERER,),
          deciding=True),
    _step("reopen", N_("Reopen"), {CLOSED, EVALUATED}, FILED, {REPORTER, DISPATCHER},
          ("reason",), guards=("reopens_in_time",), audience=_OF_REPORTER,
          tell=(Tell.ANSWERER, Tell.UNIT)),
    _step("sample", N_("Sample"), {CLOSED, EVALUATED}, To.SAME, {DISPATCHER},
          ("sampled",), may=("text",), guards=("checks_from_outside",), other_leaders=True,
          tell=(Tell.DISPATCHER,)),
    _step("evaluate", N_("Evaluate"), {CLOSED, EVALUATED}, EVALUATED, {REPORTER, CALLER},
          ("contacted", "solved", "satisfaction"), may=("text",), guards=("caller_impartial",)),
    _step("appeal_timeout", N_("Ask to excuse the delay"),
          {DISPATCHED, HANDLING, WAITING, SUSPENDED, CHECKING, CLOSED, EVALUATED}, To.SAME,
          {HEAD}, ("reason",), guards=("timeout_asked_once",), tell=(Tell.DISPATCHER,)),
    _step("excuse", N_("Excuse the delay"),
          {DISPATCHED, HANDLING, WAITING, SUSPENDED, CHECKING, CLOSED, EVALUATED}, To.SAME,
          {DISPATCHER}, ("reason",), guards=("timeout_pending",), tell=(Tell.HEAD,)),
    _step("uphold", N_("Refuse to excuse the delay"),
          {DISPATCHED, HANDLING, WAITING, SUSPENDED, CHECKING, CLOSED, EVALUATED}, To.SAME,
          {DISPATCHER}, ("reason",), guards=("timeout_pending",), tell=(Tell.HEAD,)),
    _step("propose_joint", N_("Propose joint handling"), _BEFORE_JOINT, To.SAME,
          {LEADER, DISPATCHER, Role.ORGANISER, HEAD}, ("reason",),
          guards=("can_be_joint", "nothing_pending"), tell=(Tell.DISPATCHER,)),
    _step("open_joint", N_("Open joint handling"), _BEFORE_JOINT, DISPATCHED,
          {DISPATCHER, COMMITTEE}, ("unit", "category"), may=("text", "limit_days", "limit_kind"),
          guards=("can_be_joint", "joint_pending", "another_decides", "unit_serves"),
          audience=_OF_REPORTER, tell=(Tell.UNIT, Tell.HEAD, Tell.REPORTER), deciding=True),
    _step("refuse_joint", N_("Refuse joint handling"), _BEFORE_JOINT, To.SAME,
          {DISPATCHER, COMMITTEE}, ("reason",), guards=("joint_pending",),
          tell=(Tell.ANSWERER, Tell.UNIT), deciding=True),
    _step("bundle", N_("Bundle"), _BEFORE_JOINT, To.SAME, {DISPATCHER}, ("target",),
          guards=("can_be_joint", "target_joint"), audience=_OF_REPORTER,
          tell=(Tell.UNIT, Tell.LEAD), deciding=True),
    _step("add_item", N_("Add to the list of items"), OPEN - {REPORTED, VERIFYING}, To.SAME,
          {HEAD, DISPATCHER, COMMITTEE}, ("text",), may=("category", "unit"),
          guards=("of_joint", "joint_stays", "unit_serves"), tell=(Tell.HEAD,)),
    _step("ask_join", N_("Ask to co-operate"), OPEN - {REPORTED, VERIFYING}, To.SAME,
          {HEAD, DISPATCHER}, ("unit",), may=("text",), guards=("jointly_handled", "asks_another"),
          tell=(Tell.ASKED,), lead=Lead.ALSO),
    _step("join", N_("Answer the call"), OPEN, To.SAME, {HANDLER, HEAD}, may=("text",),
          guards=("asked_to_join",), tell=(Tell.UNIT, Tell.LEAD), co_units=True),
    _step("drop_item", N_("Drop from the list of items"),
          {FILED, DISPATCHED, HANDLING, SUSPENDED}, REJECTED, {HEAD}, ("reason",),
          tell=(Tell.UNIT, Tell.ASKED, Tell.REPORTER), audience=_OF_REPORTER, lead=Lead.ONLY),
    _step("close_joint", N_("Close jointly"), {HANDLING}, CLOSED, {HEAD}, ("outcome", "result"),
          guards=("of_joint", "items_done"), audience=_OF_REPORTER,
          tell=(Tell.ANSWERER, Tell.REPORTER)),
    _step("summarise", N_("Rewrite the summary"), ANY, To.SAME, {DISPATCHER}, ("text",)),
    _step("publish", N_("Approve public text"), ANY, To.SAME, {DISPATCHER},
          ("text",), guards=("publishable",)),
    _step("comment", N_("Comment"), ANY, To.SAME, _EVERYONE, ("text",),
          may=("audience", "wants_withdraw"), other_leaders=True, lead=Lead.ALSO, co_units=True,
          claimant=True, guards=("for_claimant",)),
    _step("attach", N_("Attach"), ANY, To.SAME, _EVERYONE, may=("audience",),
          other_leaders=True, lead=Lead.ALSO, co_units=True,
          claimant=True, guards=("for_claimant",)),
    _step("read_contact", N_("Read the contact"), ANY, To.SAME,
          {LEADER, DISPATCHER, HANDLER, HEAD, CALLER}, ("purpose",), may=("text",),
          guards=("must_reach", "caller_impartial")),
    _step("erase", N_("Erase personal data"), ANY, To.SAME, {REPORTER, CLOCK},
          audience=_OF_REPORTER),
    _step("hand_over", N_("Hand over"), OPEN, To.SAME, {CLOCK},
          tell=(Tell.ANSWERER,)),
    _step("recompute", N_("Deadlines computed again"), OPEN, To.SAME, {CLOCK},
          tell=(Tell.ANSWERER, Tell.UNIT)),
)
# fmt: on

STEPS: dict[str, Step] = {step.name: step for step in TABLE}
