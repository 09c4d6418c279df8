"""Figures: what domain.md counts, from roll-ups that equal a full computation exactly."""
