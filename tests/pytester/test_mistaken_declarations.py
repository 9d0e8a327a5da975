"""A declaration that cannot be understood names its mistake and never passes."""

MISTAKES = {
    "query_budget(querys=4)": "*'querys'*'queries'*",
    "query_budget(write=4)": "*'write'*'writes'*",
    "query_budget(-1)": "*queries=-1*",
    "query_budget(True)": "*queries=True*",
    "query_budget(2.5)": "*queries=2.5*",
    "query_budget('4')": "*queries='4'*",
    "query_budget('5..2')": "*queries='5..2'*2..5*",
    "query_budget(writes='many')": "*writes='many'*",
    "query_budget(4, per='test')": "*per='test'*\"block\"*",
    "query_budget(4, action=4)": "*action=4*",
    "query_budget(4, reason='')": "*reason=''*",
    "query_budget(4, queries=5)": "*queries is given twice*",
    "query_budget(tables=4)": "*tables=4*",
    "query_budget(tables={'book': -1})": "*'book'*-1*",
}

DECORATED = """
    from querybudget import query_budget

    @{declaration}
    def test_{number}(client):
        client.get("/health/")
"""

MARKED = """
    import pytest

    @pytest.mark.{declaration}
    def test_{number}(client):
        client.get("/health/")
"""

OPENED = """
    def test_{number}(client, query_budget):
        with {declaration}:
            client.get("/health/")
"""


def sources(template, name):
    return {
        f"test_{name}_{number}": template.format(declaration=declaration, number=number)
        for number, declaration in enumerate(MISTAKES)
    }


def test_a_mistaken_decorator_stops_the_collection_at_its_line(project):
    result = project.run(**sources(DECORATED, "decorated"))
    assert result.ret == 2
    result.assert_outcomes(errors=len(MISTAKES))
    for number, mistake in enumerate(MISTAKES.values()):
        result.stdout.fnmatch_lines(
            [f"*test_decorated_{number}.py:3: in <module>*", f"E *InvalidDeclaration: {mistake}"]
        )


def test_a_mistaken_marker_names_its_place(project):
    """Each test by itself; the others of the run keep their outcomes."""
    result = project.run(**sources(MARKED, "marked"), test_good="def test_good(): assert True")
    assert "passed" in result.parseoutcomes()
    assert "KeyError" not in result.stdout.str()
    assert len([line for line in result.outlines if line.startswith(("ERROR ", "FAILED "))]) == len(MISTAKES)
    for number, mistake in enumerate(MISTAKES.values()):
        result.stdout.fnmatch_lines([f"E *{mistake}*test_marked_{number}.py*3*"])


def test_a_mistaken_with_fails_its_test(project):
    result = project.run(**sources(OPENED, "opened"))
    result.assert_outcomes(failed=len(MISTAKES))
    for number, mistake in enumerate(MISTAKES.values()):
        told = [f"E *InvalidDeclaration: {mistake}", "", f"test_opened_{number}.py:2: *"]
        result.stdout.fnmatch_lines(told)


def test_missing_parentheses_are_named(project):
    bare = """
        from querybudget import query_budget

        @query_budget
        def test_bare(client):
            client.get("/health/")
    """
    result = project.run(test_bare=bare)
    assert result.ret == 2
    result.stdout.fnmatch_lines(["E *InvalidDeclaration: query_budget needs parentheses*"])


def test_a_marker_with_two_positions_is_refused(project):
    two = MARKED.format(declaration="query_budget(1, 2)", number="two")
    result = project.run(test_two=two)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*query_budget takes one limit by position, not 2*test_two.py*"])


def test_a_mistaken_marker_is_told_also_where_nothing_is_recorded(bare_project):
    """Nothing is judged there, but nothing may pass for a budget either."""
    source = "import pytest\n\n@pytest.mark.query_budget(querys=2)\ndef test_marked():\n    assert True\n"
    result = bare_project.run(test_marked=source)
    assert result.ret != 0
