"""The demonstration park: made through the verbs that a real one uses, by people on duty."""
