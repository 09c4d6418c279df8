"""Firms and visits to them, wishes, and the checklist of a membership transfer."""
