"""The run data: one SQLite file per process, versioned. Needs neither Django nor pytest."""
