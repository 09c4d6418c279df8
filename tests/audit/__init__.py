"""The audit trail: what is sealed, what is found."""
