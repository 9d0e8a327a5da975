"""The cases, a module a family."""

from tests.corpus.case import CASES
from tests.corpus.cases import clean, loops, pages, relations, repeats, serializers, writes

__all__ = ["CASES", "clean", "loops", "pages", "relations", "repeats", "serializers", "writes"]
