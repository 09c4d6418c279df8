"""Other bodies as units: a case goes to their Open311 endpoint, and their word comes back."""
