"""Callbacks (回访): whom to ask after closing, when, and how often."""
