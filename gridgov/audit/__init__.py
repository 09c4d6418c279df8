"""The audit trail: chained entries, and seals over them that are kept elsewhere."""
