"""The sweep and re-planning: what the clock does; it acts through cases."""
