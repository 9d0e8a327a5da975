"""One initial migration: the schema as it stands."""
