"""The cases, a module a family."""

from tests.corpus.case import CASES
from tests.corpus.cases import (
    clean,
    loops,
    pages,
    relations,
    repeats,
    serializers,
    strangers_clean,
    strangers_endpoints,
    strangers_lookups,
    strangers_pages,
    strangers_problems,
    strangers_quiet,
    strangers_repeats,
    strangers_shapes,
    strangers_writes,
    waste,
    writes,
)

__all__ = [
    "CASES",
    "clean",
    "loops",
    "pages",
    "relations",
    "repeats",
    "serializers",
    "strangers_clean",
    "strangers_endpoints",
    "strangers_lookups",
    "strangers_pages",
    "strangers_problems",
    "strangers_quiet",
    "strangers_repeats",
    "strangers_shapes",
    "strangers_writes",
    "waste",
    "writes",
]
