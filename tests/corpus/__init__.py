"""Labelled cases: problems, each beside its clean twin, and what must be found of them."""
