"""Working time: office hours, holidays, and the instants at which limits end."""
