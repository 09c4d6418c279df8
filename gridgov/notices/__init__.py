"""The outbox: what is to be told to whom."""
