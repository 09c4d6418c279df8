"""`python -m gridgov`: the command line."""

from gridgov.cli import main

main(prog_name="gridgov")
