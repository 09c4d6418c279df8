"""The clock: the only room that knows APScheduler."""
