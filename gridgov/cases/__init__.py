"""The case: intake, routing, the workflow, the timeline, search, hand-over."""
