"""Joint cases, and the meetings at which people decide how they go on."""
