"""The line a key is written on."""

from __future__ import annotations

import pytest

from querybudget.toml_lines import KeyLines

TEXT = """\
[project]
default = 1

[tool.querybudget]  # ours
default = { queries = 30 }
fail_on = [
    "QB101",
]

[tool.querybudget.budgets]
"PackageViewSet.list" = 4
'GET /api/"x"/' = 0
"a \\"b\\"" = 1
plain-key = 2

[tool.querybudget.budgets."DeploymentViewSet.*"]
queries = 8

[tool.other]
default = 9
"""

OURS = ("tool", "querybudget")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((*OURS,), 4),
        ((*OURS, "default"), 5),
        ((*OURS, "default", "queries"), 5),
        ((*OURS, "fail_on"), 6),
        ((*OURS, "budgets", "PackageViewSet.list"), 11),
        ((*OURS, "budgets", 'GET /api/"x"/'), 12),
        ((*OURS, "budgets", 'a "b"'), 13),
        ((*OURS, "budgets", "plain-key"), 14),
        ((*OURS, "budgets", "DeploymentViewSet.*"), 16),
        ((*OURS, "budgets", "DeploymentViewSet.*", "queries"), 17),
        ((*OURS, "budgets", "not there"), 10),
        (("nothing", "like", "it"), 1),
    ],
)
def test_a_key_is_found_where_it_is_written_or_in_the_table_around_it(path, line):
    assert KeyLines(TEXT).line(path) == line


def test_a_dotted_key_is_found():
    assert KeyLines("a = 1\ntool.querybudget.default = 4\n").line((*OURS, "default")) == 2


def test_what_stands_in_a_string_is_no_key():
    text = 'a = """\n[tool.querybudget]\ndefault = 1\n\\"""\n"""\n'
    text += "b = '''\n[x]'''\n[tool.querybudget]\ndefault = 4\n"
    assert KeyLines(text).line((*OURS, "default")) == 9


def test_an_escaped_key_is_the_key_it_stands_for():
    assert KeyLines('[tool."query\\u0062udget"]\n"def\\u0061ult" = 1\n').line((*OURS, "default")) == 2


def test_a_table_of_a_list_is_found():
    assert KeyLines("a = 1\n[[ tool . querybudget ]]\n").line(OURS) == 2


def test_a_table_written_below_its_own_parts_is_found_where_it_is_written():
    text = "[tool.querybudget.budgets]\na = 1\n[tool.querybudget]\ndefault = 1\n"
    assert KeyLines(text).line(OURS) == 3


def test_a_key_after_nested_values_is_found():
    text = "[t]\na = [ { x = 1 }, [ { y = [\n 2 ] } ], { }, ]\nb = { c = { d = 1 }, e = 2 }\nf = 1\n"
    lines = KeyLines(text)
    assert [lines.line(("t", *path)) for path in ("f", "b", "be", "bcd", "ay")] == [5, 4, 4, 4, 2]
