"""What projects may rely on: names, options, the marker and the fixture."""

import querybudget


def test_the_public_names_are_these():
    """Adding one is a decision; so is removing one."""
    assert querybudget.__all__ == sorted(querybudget.__all__)
    assert querybudget.__all__ == [
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


def test_every_public_name_is_there_and_documented():
    for name in querybudget.__all__:
        assert getattr(querybudget, name).__doc__


def test_the_options_and_the_fixture_are_offered(bare_project):
    result = bare_project.run("--help")
    result.stdout.fnmatch_lines(["query budgets:", "*--querybudget-off*", "*--querybudget-show=*"])
    result = bare_project.run("--fixtures", "-q")
    result.stdout.fnmatch_lines(["query_budget * scope* *", "query_growth * scope* *"])


def test_a_breach_is_an_assertion_with_its_name(bare_project):
    """It must survive pickling: it travels between processes."""
    code = """
import pickle, sys
from querybudget import BudgetExceeded

error = pickle.loads(pickle.dumps(BudgetExceeded("4 queries")))
assert isinstance(error, AssertionError) and str(error) == "4 queries"
assert f"{BudgetExceeded.__module__}.{BudgetExceeded.__qualname__}" == "querybudget.BudgetExceeded"
assert "django" not in sys.modules and "pytest" not in sys.modules
"""
    assert bare_project.python("-c", code).ret == 0
