"""The line a key is written on."""

from __future__ import annotations

import pytest

from querybudget.toml_lines import line_of

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
    assert line_of(TEXT, path) == line


def test_a_dotted_key_is_found():
    assert line_of("a = 1\ntool.querybudget.default = 4\n", (*OURS, "default")) == 2
