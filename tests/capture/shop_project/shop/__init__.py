"""A small project of its own, copied to a directory where it is no test."""
