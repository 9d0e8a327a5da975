"""`querybudget show`: the tree of an action's worst request."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from querybudget.cli.main import main
from querybudget.records import Phase, Place
from querybudget.reports import tree
from querybudget.results import ActionCounts, Execution, Standing, WorstRequest
from querybudget.storage.datafile import DataFile, new_run_id
from tests.builders import FINDING, budget, request
from tests.storage.test_datafile import STARTED, record


def run(capsys, project, *arguments):
    code = main(["show", "--root", str(project), *arguments])
    return code, *capsys.readouterr()


def test_the_tree_goes_from_phase_to_call_site_to_statement(capsys, project):
    code, out, _ = run(capsys, project, "app.*.list")
    assert code == 0
    lines = [line.strip("│├└─ ") for line in out.splitlines()]
    start = lines.index("pagination: 1 query")
    assert lines[start : start + 7] == [
        "pagination: 1 query",
        "Django, for iteration",
        '1 × iteration, 0.0 ms: SELECT "id" FROM "package" LIMIT ?',
        "serializer: 3 queries",
        "PackageSerializer.project_name   app/views.py:7 names",
        '3 × Package.project, 0.0 ms: SELECT "name" FROM "project" WHERE "id" = ?',
        "QB101 n-plus-one, proven: Package.project loaded 20 times, for 20 of 20 packages",
    ]


def test_a_whole_key_is_shown_also_where_another_ends_in_it(capsys, tmp_path):
    file = DataFile(tmp_path, new_run_id(STARTED, "0badcafe"), STARTED)
    file.write(record(request("views.health"), request("shop.views.health")))
    file.close()
    assert run(capsys, tmp_path, "views.health")[0] == 0
    assert run(capsys, tmp_path, "health")[0] == 2


def test_a_method_is_refused_where_an_action_has_others_too(capsys, tmp_path):
    file = DataFile(tmp_path, new_run_id(STARTED, "0badcafe"), STARTED)
    file.write(record(request("shop.views.Shop.tags"), request("shop.views.Shop.tags", method="POST")))
    file.close()
    code, _, err = run(capsys, tmp_path, "POST Shop.tags")
    assert code == 2
    assert "all its methods, here also GET. Leave the method out: 'Shop.tags'." in err
    assert run(capsys, tmp_path, "Shop.tags")[0] == 0


def test_a_phase_counts_what_budgets_count():
    executions = [execution(1, count=2), execution(1, count=3, is_counted=False)]
    assert sum(site.count for site in tree.sites(executions)) == 2


def test_the_heading_says_what_it_is_the_tree_of(capsys, project):
    _, out, _ = run(capsys, project, "GET /packages/")
    assert out.splitlines()[:4] == [
        "app.views.PackageViewSet.list: 1 request in 1 test, 4–4–4 queries",
        "  view: queries 4 of 9",
        "Worst: 4 queries in 0.0 ms, GET /packages/ → 200, 3 items",
        "  tests/test_a.py::test_one",
    ]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (
            "PackageViewSet.list",
            "names 2 actions: app.views.PackageViewSet.list, shop.views.PackageViewSet.list.",
        ),
        ("PackageViewSet.lst", "No recorded action is called 'PackageViewSet.lst'. Did you mean"),
    ],
)
def test_a_name_of_several_or_none_is_told(capsys, project, action, told):
    code, out, err = run(capsys, project, action)
    assert (code, out) == (2, "")
    assert told in err


def test_a_whole_key_is_shown_though_others_end_in_it(capsys, tmp_path):
    file = DataFile(tmp_path, new_run_id(STARTED, "0badcafe"), STARTED)
    file.write(record(request("views.P.list", queries=1), request("app.views.P.list", queries=2)))
    file.close()
    code, out, _ = run(capsys, tmp_path, "views.P.list")
    assert (code, out.splitlines()[0]) == (0, "views.P.list: 1 request in 1 test, 1–1–1 queries")


def execution(number, **more):
    values = {
        "phase": Phase.SERIALIZER,
        "place": Place(path="app/views.py", line=number, function="f"),
        "field": "",
        "origin": "get",
        "relation": None,
        "alias": "default",
        "shape": f"SELECT {number}",
        "count": 1,
        "n_parameter_sets": 1,
        "duration_ns": 1_500_000,
        "is_counted": True,
    }
    return Execution(**{**values, **more})


def rendered(executions, *, findings=(), standings=(), is_whole=False, is_terminal=True):
    console = Console(file=io.StringIO(), width=90, height=24, force_terminal=is_terminal, no_color=True)
    counts = ActionCounts(
        action="a.b", name="a.b", n_requests=1, n_refused=0, n_tests=1, minimum=9, median=9, maximum=9,
        reads=9, writes=0, findings=(), standings=tuple(standings),
    )  # fmt: skip
    worst = WorstRequest(
        action="a.b", node_id="t", method="GET", path="/", status=None, items=None, queries=9, duration_ns=0,
        executions=tuple(executions), findings=tuple(findings),
    )  # fmt: skip
    tree.render(counts, worst, console, is_whole=is_whole)
    return console.file.getvalue().splitlines()


MANY = [execution(number, count=number) for number in range(1, 60)]


def test_a_terminal_gets_what_fits_its_screen_the_most_frequent_first():
    lines = rendered(MANY)
    assert len(lines) <= 24
    assert "59 ×" in "".join(lines[:8])
    assert "statements more: --all lists them." in lines[-1]


def test_many_limits_and_findings_leave_room_for_the_tree():
    declared = budget(9)
    standing = Standing(
        declaration=declared, limit=declared.limits[0], n_judged=1, n_broken=0, lowest=9, highest=9
    )
    lines = rendered(MANY, findings=[FINDING] * 9, standings=[standing] * 12)
    assert len(lines) <= 24
    assert {"  9 limits more", "  7 findings more: --all tells of all."} <= set(lines)
    assert sum("get, 1.5 ms" in line for line in lines) >= 3


def test_all_lists_the_rest():
    text = "\n".join(rendered(MANY, is_whole=True))
    assert all(f"{number} × get, 1.5 ms: SELECT {number}" in text for number in range(1, 60))


def test_what_is_piped_is_complete_and_never_cut():
    long = execution(1, shape=f"SELECT {'x' * 90}")
    lines = rendered([*MANY, long], is_terminal=False)
    assert any("x" * 40 in line for line in lines)
    assert "more: --all" not in lines[-1]


def test_what_no_budget_counts_says_so():
    assert any(
        "get, 1.5 ms, in no budget: SELECT 1" in line for line in rendered([execution(1, is_counted=False)])
    )


def test_a_request_without_an_answer_says_so():
    assert "Worst: 9 queries in 0.0 ms, GET / → no answer" in rendered([execution(1)])
