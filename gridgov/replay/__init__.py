"""Histories of other systems, taken through the same verbs at their own times."""
