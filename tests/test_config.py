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
    unlimited_rows = 50
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
    assert (config.ignore_tables, config.unlimited_rows) == ({"django_session"}, 50)
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
    assert (budget.where.path, budget.where.line) == ("pyproject.toml", 11)
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
        ('"V.list" = "4..2"', '"V.list" = "4..2" holds for no count. Expected the smaller first: "2..4".'),
        ('"V.list" = -1', '"V.list" = -1 is no limit. Expected a count from 0 up'),
        ('"V.list" = true', '"V.list" = true is no limit.'),
        ('"V.list" = 3.5', '"V.list" = 3.5 is no limit.'),
        ('"V.list" = { querys = 4 }', "no measure 'querys'. Did you mean 'queries'?"),
        ('"V.list" = { action = "x", queries = 1 }', "action means nothing here: the key"),
        ('"V.list" = { per = "block", queries = 1 }', "per means nothing here"),
        ('"V.list" = {}', "limits nothing. Expected a count in place of the table, or queries = 4 in it."),
        ('"V.list" = { queries = 1, until = "soon" }', '"V.list": until = "soon" is no day.'),
        ('"V.list" = { queries = 1, until = 2026-01-01T00:00:00 }', "is no day."),
        ('"V.list" = { queries = 1, allow = "QB102" }', "needs a reason"),
        ('"V.list" = { base = 3 }', "base and per_item go together: per_item is missing."),
        ('"V.list" = { phases = { serialiser = 0 } }', "no such phase. Did you mean 'serializer'?"),
        ('" " = 4', '" " = 4 names no action.'),
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
        ("budgets = 4", "budgets = 4 is no table."),
        ('fail_on = ["QB1O1"]', "fail_on names 'QB1O1', which no finding has. Did you mean 'QB101'?"),
        ("fail_on = 101", 'fail_on = 101 is no text or list of texts. Expected fail_on = ["QB101"].'),
        ('ignore_tables = [""]', "is no text or list of texts"),
        ("unlimited_rows = 0", "unlimited_rows = 0 is no number of rows. Expected unlimited_rows = 200"),
        ("unlimited_rows = true", "unlimited_rows = true is no number of rows."),
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "default = 4\n",
            "line 1: 'default' stands outside [tool.querybudget], the one table this file takes.",
        ),
        ("default = 4\n", "Write it below a line [tool.querybudget]."),
        ("defualt = 4\n", "Write default below a line [tool.querybudget]."),
        ("[tool.black]\nx = 4\n", "Move it to the file of its tool"),
        ("tool = 4\n", "line 1: tool = 4 is no table. Expected [tool.querybudget] with settings below it."),
        ("[tool.querybugdet]\n", "line 1: [tool.querybugdet] is not read. Did you mean [tool.querybudget]?"),
    ],
)
def test_our_own_file_takes_our_table_only(tmp_path, text, message):
    assert message in told(tmp_path, text, "querybudget.toml")


def test_everything_outside_is_told_in_the_order_of_the_file(tmp_path):
    text = told(tmp_path, "b = 1\na = 1\n[tool.z]\n[tool.c]\n", "querybudget.toml")
    assert [line.split("'")[1] for line in text.splitlines()] == ["b", "a", "z", "c"]


@pytest.mark.parametrize(
    "header",
    [
        "tool.querybugdet", "tool.querybudgets", "tool.query-budget", "tool.QueryBudget",
        'tool."query budget"', "querybudget", "query_budget", "tools.querybudget", "Tool.querybudgets",
    ],
)  # fmt: skip
def test_a_table_that_is_nearly_ours_is_told_with_its_line(tmp_path, header):
    text = told(tmp_path, f"[project]\nname = 'x'\n[{header}]\ndefault = 4\n")
    assert text == f"pyproject.toml line 3: [{header}] is not read. Did you mean [tool.querybudget]?"


def test_a_table_that_is_nearly_ours_is_told_beside_ours(tmp_path):
    text = told(tmp_path, "[tool.querybudget]\ndefault = 4\n[tool.querybudgets.budgets]\na = 1\n")
    assert "line 3: [tool.querybudgets] is not read." in text


@pytest.mark.parametrize(
    "text",
    [
        "tool = 4\n",
        "[tool.querybudget-ui]\n[tool.budget]\n[tool.query]\n[tool.pytest-querybudget]\n[tool.querydb]\n",
        "[dependency-groups]\nquerybudget = ['querybudget']\n[tool.uv.sources]\nquerybudget = 1\n",
    ],
)
def test_the_tables_of_others_are_none_of_our_business(tmp_path, text):
    write(tmp_path, text)
    assert read_config(tmp_path).path == ""


def test_a_list_of_tables_is_told_with_its_line(tmp_path):
    assert "line 2: [tool.querybudget] is written as a list of tables. Expected single brackets" in told(
        tmp_path, "[project]\n[[tool.querybudget]]\n"
    )


@pytest.mark.parametrize("name", ["pyproject.toml", "querybudget.toml"])
def test_a_mark_at_the_start_of_the_file_is_no_part_of_it(tmp_path, name):
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf[tool.querybudget]\r\ndefault = 4\r\n")
    (default,) = read_config(tmp_path).configured.all
    assert (default.where.line, default.where.source) == (2, "default = 4")


def test_a_wrong_key_of_a_table_is_told_with_its_own_line(tmp_path):
    text = told(
        tmp_path,
        """
        [tool.querybudget.budgets."V.list"]
        queries = 4
        until = "soon"
        [tool.querybudget.budgets."V.get".tables]
        shop = 1
        sale = "many"
        """,
    )
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "pyproject.toml line 3",
        "pyproject.toml line 6",
    ]
    assert '"V.get": tables[\'sale\'] = "many" is no limit.' in text


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("Shop.list = 4", 'Shop.list stands without quotes, so that TOML splits it. Write "Shop.list" = 4.'),
        ("a.b.Shop.list = { queries = 4 }", 'Write "a.b.Shop.list" = { queries = 4 }.'),
        ("Shop.list = { querys = 4 }", 'Write "Shop.list" = { querys = 4 }.'),
        ("Shop.list = {}", 'Write "Shop.list" = {}.'),
        ("Shop.list = 4\nShop.reads = 3", 'Write "Shop.list" = 4.'),
        ("[tool.querybudget.budgets.Shop.list]\nx = 4", 'Write [tool.querybudget.budgets."Shop.list"].'),
        (
            "[tool.querybudget.budgets.Shop.list]\nqueries = 4",
            'Write [tool.querybudget.budgets."Shop.list"].',
        ),
    ],
)
def test_an_action_without_quotes_is_told_with_the_line_to_write(tmp_path, lines, message):
    text = told(tmp_path, f"[tool.querybudget.budgets]\n{lines}\n")
    assert text.startswith("pyproject.toml line 2: ")
    assert text.endswith(message)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("[tool.querybudget.budgets.Shop]\nlist = 4", 'If it is an action, write "Shop.list" = 4.'),
        ("\nShop = { list = 4 }", 'If it is an action, write "Shop.list" = 4.'),
        ("[tool.querybudget.budgets.app]\nShop.list = 4", 'action, write "app.Shop.list" = 4.'),
        ("\nShop.querys = 4", "Did you mean 'queries'?"),
    ],
)
def test_a_table_of_actions_is_told_with_the_line_to_write(tmp_path, lines, message):
    text = told(tmp_path, f"[tool.querybudget.budgets]\n{lines}\n")
    assert text.startswith('pyproject.toml line 3: "')
    assert message in text


def test_a_wrong_measure_of_an_action_is_no_action(tmp_path):
    text = told(tmp_path, '[tool.querybudget.budgets]\n"V.list" = { zzz = 4 }\n')
    assert "no measure 'zzz'" in text
    assert "action" not in text.replace('"V.list"', "")


def test_each_action_without_quotes_is_told(tmp_path):
    text = told(tmp_path, "[tool.querybudget.budgets]\nShop.list = 4\nShop.get = 4\n")
    assert [line.split(" stands")[0] for line in text.splitlines()] == [
        "pyproject.toml line 2: Shop.list",
        "pyproject.toml line 3: Shop.get",
    ]


def test_limits_may_be_written_as_dotted_keys(tmp_path):
    (budget,) = budgets_of(tmp_path, '"V.list".queries = 4\n"V.list".tables.shop = 1')
    assert limits_of(budget) == {"queries": Limit(upper=4), 'queries of table "shop"': Limit(upper=1)}


def test_only_what_can_be_a_source_is_proposed(tmp_path):
    for name in (".venv", "__pycache__", "src/shop", "src/.hidden"):
        (tmp_path / name).mkdir(parents=True)
    write(tmp_path, "", "src/shop.py")
    assert told(tmp_path, '[tool.querybudget]\nsource = ["venv"]\n').endswith("not there. Known: src.")
    text = told(tmp_path, '[tool.querybudget]\nsource = ["src/shpo"]\n')
    assert text.endswith("Did you mean 'src/shop'? Known: src/shop, src/shop.py.")


def test_a_table_that_is_none_is_told(tmp_path):
    assert "tool.querybudget = 4 is no table" in told(tmp_path, "[tool]\nquerybudget = 4\n")


def test_a_file_that_cannot_be_decoded_is_told(tmp_path):
    (tmp_path / "querybudget.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidConfiguration, match="cannot be read"):
        read_config(tmp_path)


def test_a_config_of_its_own_is_empty():
    assert Config().configured.all == ()


@pytest.mark.parametrize("source", ["src/shpo", "shpo", "pyproject.toml/shop"])
def test_where_nothing_can_be_a_source_none_is_proposed(tmp_path, source):
    text = told(tmp_path, f'[tool.querybudget]\nsource = ["{source}"]\n')
    assert text.endswith("which is not there. Expected a directory or file of the project, from the root on.")


def test_an_action_in_the_default_is_told(tmp_path):
    text = told(tmp_path, '[tool.querybudget]\ndefault = { queries = 4, action = "V.list" }\n')
    assert "default: action means nothing there." in text
