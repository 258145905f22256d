"""The command line: one file per verb (`verb_*.py`) and what verbs share. Nothing imports it."""
