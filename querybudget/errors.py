"""Exceptions and warnings, each with the code that `docs/messages.md` explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from querybudget.records import Place


class QueryBudgetError(Exception):
    """The base of every error querybudget raises on purpose, breaches apart."""

    code = "QB900"


class InvalidDeclaration(QueryBudgetError, ValueError):  # noqa: N818 - read as a sentence: raise InvalidDeclaration
    """A budget that cannot be understood: an unknown measure, a limit that is none.

    `where` is its place; None where the traceback ends on it. `about` is the path of the word that is
    wrong, `("tables", "shop_sale")`; empty where the whole declaration is.
    """

    code = "QB901"

    def __init__(self, message: str, where: Place | None = None, *, about: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.where = where
        self.about = about


class InvalidConfiguration(QueryBudgetError):  # noqa: N818 - the same
    """Settings that cannot be understood; the message has a line for each, with file and line."""

    code = "QB905"


class UnusableData(QueryBudgetError):  # noqa: N818 - the same
    """Run data that is missing, foreign, newer than this version, or damaged."""

    code = "QB902"


class QueryBudgetWarning(UserWarning):
    """Something querybudget could not do; the watched test is not affected."""

    code = "QB903"


class BudgetExceeded(AssertionError):  # noqa: N818 - an AssertionError, so that unittest says FAILED
    """More queries than declared, or a budget that could not be judged.

    `where` is the declaration to look at first; it survives pickling, for xdist.
    """

    code = "QB904"

    def __init__(self, message: str, where: Place | None = None) -> None:
        super().__init__(message)
        self.where = where

    def __reduce__(self) -> tuple[type[BudgetExceeded], tuple[str, Place | None]]:
        return type(self), (str(self), self.where)


# The names people import and see in tracebacks.
for _public in (
    QueryBudgetError,
    InvalidDeclaration,
    InvalidConfiguration,
    UnusableData,
    QueryBudgetWarning,
    BudgetExceeded,
):
    _public.__module__ = "querybudget"
