"""The clerk's files become rows: read, checked as a whole, and merged without losing history."""
