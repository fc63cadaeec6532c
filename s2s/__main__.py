"""`python -m s2s VERB`."""

from s2s.cli import main

main()
