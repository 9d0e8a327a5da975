"""The pytest side; no logic of its own, and no Django before a run with Django begins."""
