"""What is counted of one case; a figure is a sum of these over many cases. Pure.

Every measure of one case is 0 or 1, but those of evaluations and calls, which count rounds.
"""

from __future__ import annotations

from gridgov.cases.clocks import LABELS
from gridgov.ladder.ladder import STAGES

# Of the day of the report.
OF_REPORT = ("reported", "reported_filed")
# Of the day of filing: the cohort.
OF_FILING = (
    "filed",
    "closed",
    "closed_in_time",
    "closed_excused",  # late, and excused
    "ended_otherwise",
    "handled",
    "handled_in_time",
    "handled_excused",
    "submitted",
    "sent_back",
    "dispatched",
    "returned",
    "settled",
    "falsified",
    "evaluations",
    "contacted",
    "solved",
    "satisfied",
    "fair",
    "calls",
    "reached",
)
COUNTS = (*OF_REPORT, *OF_FILING)
# What passing time alone can change, of cases that are open.
LIVE = ("late", "late_excused", "handled", "handled_in_time", "handled_excused")
MEASURES = (*COUNTS, "late", "late_excused")
# Of work; the other clocks, such as that of a letter's validity, measure none.
MINUTES = (*STAGES, "case", "waiting", "suspension")
CLOCK_LABELS = {name: LABELS[name] for name in MINUTES}
