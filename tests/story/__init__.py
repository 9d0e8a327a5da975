"""One story in subprocesses: every number of a report equals what an independent recorder counted."""
