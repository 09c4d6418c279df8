"""Units, people, duties, accounts: who answers for what, and who may see what."""
