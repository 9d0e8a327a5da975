"""Query budgets for Django and DRF: the public names."""

from querybudget.budgets.limit import between, exactly
from querybudget.declare import query_budget
from querybudget.errors import (
    BudgetExceeded,
    InvalidConfiguration,
    InvalidDeclaration,
    QueryBudgetError,
    QueryBudgetWarning,
    UnusableData,
)
from querybudget.sizes import query_growth

__all__ = [
    "BudgetExceeded",
    "InvalidConfiguration",
    "InvalidDeclaration",
    "QueryBudgetError",
    "QueryBudgetWarning",
    "UnusableData",
    "between",
    "exactly",
    "query_budget",
    "query_growth",
]
