"""Clocks and the rungs on them, as rows: plan, settle, cancel; takes no step itself."""
