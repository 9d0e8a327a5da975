"""What configuration may say, and what an error tells about the rest."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest

from querybudget import InvalidConfiguration
from querybudget.budgets.budget import FINDINGS, Level
from querybudget.budgets.limit import Limit
from querybudget.config import Config, read_config
from tests.builders import identity


def write(directory, text, name="pyproject.toml"):
    (directory / name).write_text(dedent(text).lstrip("\n"), encoding="utf-8")


def told(directory, text, name="pyproject.toml"):
    write(directory, text, name)
    with pytest.raises(InvalidConfiguration) as error:
        read_config(directory)
    return str(error.value)


def budgets_of(directory, text):
    write(directory, f"[tool.querybudget.budgets]\n{text}\n")
    return read_config(directory).configured.budgets


def limits_of(declaration):
    return {each.label: each.limit for each in declaration.limits}


WHOLE = """
    [tool.querybudget]
    source = ["shop"]
    default = { queries = 30 }
    fail_on = ["QB101"]
    ignore_tables = ["django_session"]
    items = "shop.budgets.count_items"

    [tool.querybudget.budgets]
    "PackageViewSet.list" = 4
    "DeploymentViewSet.*" = { queries = "=8", n_plus_one = 0, reason = "joins", until = 2027-06-30 }
    "GET /api/health/" = 0
"""


def test_without_a_file_everything_is_empty(tmp_path):
    assert read_config(tmp_path).path == ""
    assert read_config(tmp_path).configured.all == ()


def test_a_project_file_without_the_table_sets_nothing(tmp_path):
    write(tmp_path, "[tool.other]\nx = 1\n")
    assert read_config(tmp_path).path == ""


@pytest.mark.parametrize("name", ["pyproject.toml", "querybudget.toml"])
def test_every_setting_is_read_from_either_file(tmp_path, name):
    (tmp_path / "shop").mkdir()
    write(tmp_path, WHOLE, name)
    config = read_config(tmp_path)
    assert (config.path, config.source, config.items) == (name, ("shop",), "shop.budgets.count_items")
    assert config.ignore_tables == {"django_session"}
    assert [each.action for each in config.configured.budgets] == [
        "PackageViewSet.list",
        "DeploymentViewSet.*",
        "GET /api/health/",
    ]


def test_a_budget_knows_its_limits_reason_last_day_and_line(tmp_path):
    (tmp_path / "shop").mkdir()
    write(tmp_path, WHOLE)
    _, budget, _ = read_config(tmp_path).configured.budgets
    assert limits_of(budget) == {"queries": Limit(upper=8, lower=8), "n-plus-ones": Limit(upper=0)}
    assert (budget.level, budget.reason, budget.until) == (Level.CONFIGURATION, "joins", date(2027, 6, 30))
    assert (budget.where.path, budget.where.line) == ("pyproject.toml", 10)
    assert budget.where.source.startswith('"DeploymentViewSet.*" = {')


def test_the_default_and_the_codes_that_fail_hold_for_every_request(tmp_path):
    (tmp_path / "shop").mkdir()
    write(tmp_path, WHOLE)
    default, fail_on = read_config(tmp_path).configured.for_request(identity("a.B.c"))
    assert (default.level, limits_of(default)) == (Level.DEFAULT, {"queries": Limit(upper=30)})
    ((measure, key, upper),) = [(each.measure, each.key, each.limit.upper) for each in fail_on.limits]
    assert (measure, key, upper) == (FINDINGS, "QB101", 0)


def test_false_lifts(tmp_path):
    lifted, table = budgets_of(tmp_path, '"V.list" = false\n"V.get" = { tables = { a = false } }')
    assert [each.limit for each in (*lifted.limits, *table.limits)] == [None, None]


def test_an_allowance_is_a_budget_too(tmp_path):
    (budget,) = budgets_of(tmp_path, '"V.list" = { allow = "QB102", reason = "three at most" }')
    assert (budget.limits, [str(each) for each in budget.allow]) == ((), ["QB102"])


def test_base_and_per_item_go_together(tmp_path):
    (budget,) = budgets_of(tmp_path, '"V.list" = { base = 3, per_item = 1 }')
    assert budget.limits[0].allowed == "3 + 1 per item"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('"V.list" = "4..2"', "queries: 4 to 2 holds for no count."),
        ('"V.list" = -1', "queries=-1 is no limit. Expected a count from 0 up"),
        ('"V.list" = true', "queries=True is no limit."),
        ('"V.list" = 3.5', "queries=3.5 is no limit."),
        ('"V.list" = { querys = 4 }', "no measure 'querys'. Did you mean 'queries'?"),
        ('"V.list" = { action = "x", queries = 1 }', "action means nothing here: the key"),
        ('"V.list" = { per = "block", queries = 1 }', "per means nothing here"),
        ('"V.list" = {}', "limits nothing. Expected a count"),
        ('"V.list" = { queries = 1, until = "soon" }', "until='soon' is no day."),
        ('"V.list" = { queries = 1, until = 2026-01-01T00:00:00 }', "is no day."),
        ('"V.list" = { queries = 1, allow = "QB102" }', "needs a reason"),
        ('"V.list" = { base = 3 }', "base and per_item go together: per_item is missing."),
        ('"V.list" = { phases = { serialiser = 0 } }', "no such phase. Did you mean 'serializer'?"),
        ('" " = 4', "action=' ' is no text."),
    ],
)
def test_a_wrong_budget_is_told_with_its_line(tmp_path, line, message):
    text = told(tmp_path, f"[tool.querybudget.budgets]\n{line}\n")
    assert text.startswith("pyproject.toml line 2: ")
    assert message in text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("budget = {}", "no setting 'budget'. Did you mean 'budgets'? Known: source, items, default"),
        ("budgets = 4", "budgets=4 is no table."),
        ('fail_on = ["QB1O1"]', "fail_on names 'QB1O1', which no finding has. Did you mean 'QB101'?"),
        ("fail_on = 101", "fail_on=101 is no text or list of texts."),
        ('ignore_tables = [""]', "is no text or list of texts"),
        ('source = ["shpo"]', "source names 'shpo', which is not there. Did you mean 'shop'?"),
        ('items = "count"', "is no dotted path of a function"),
        ("default = {}", "limits nothing. Expected a count"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(tmp_path, line, message):
    (tmp_path / "shop").mkdir()
    text = told(tmp_path, f"[tool.querybudget]\n{line}\n")
    assert text.startswith("pyproject.toml line 2: ")
    assert message in text


def test_everything_wrong_is_told_together(tmp_path):
    text = told(
        tmp_path, '[tool.querybudget]\ndefualt = 1\nfail_on = ["x"]\n[tool.querybudget.budgets]\na = -1\n'
    )
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "pyproject.toml line 2",
        "pyproject.toml line 3",
        "pyproject.toml line 5",
    ]


def test_two_files_with_the_table_are_one_too_many(tmp_path):
    write(tmp_path, "[project]\n[tool.querybudget]\ndefault = 1\n")
    text = told(tmp_path, "[tool.querybudget]\ndefault = 2\n", "querybudget.toml")
    assert "is written twice: pyproject.toml line 2 and querybudget.toml line 1." in text


def test_a_file_that_is_no_toml_is_told_with_line_and_column(tmp_path):
    assert "querybudget.toml is no TOML" in told(tmp_path, "[tool.querybudget\n", "querybudget.toml")
    assert "at line 1" in told(tmp_path, "[tool.querybudget\n", "querybudget.toml")


@pytest.mark.parametrize("text", ["default = 4\n", "[tool.querybugdet]\ndefault = 4\n"])
def test_our_own_file_takes_our_table_only(tmp_path, text):
    assert "stands outside [tool.querybudget]" in told(tmp_path, text, "querybudget.toml")


def test_a_table_that_is_none_is_told(tmp_path):
    assert "tool.querybudget = 4 is no table" in told(tmp_path, "[tool]\nquerybudget = 4\n")


def test_a_file_that_cannot_be_decoded_is_told(tmp_path):
    (tmp_path / "querybudget.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidConfiguration, match="cannot be read"):
        read_config(tmp_path)


def test_a_config_of_its_own_is_empty():
    assert Config().configured.all == ()
