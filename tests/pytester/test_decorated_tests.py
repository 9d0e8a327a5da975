"""`@query_budget(…)` on test functions: when it fails, and what the failure says."""

AROUND_THE_LIMIT = """
    from querybudget import query_budget

    @query_budget(4)
    def test_at_the_limit(client, books):
        client.get("/books/")

    @query_budget(3)
    def test_one_above(client, books):
        client.get("/books/")

    @query_budget(0)
    def test_none_allowed_and_none_made(client):
        client.get("/health/")

    @query_budget(0)
    def test_none_allowed_and_one_made(client, books):
        client.get("/n_books/")

    @query_budget(4)
    def test_each_request_has_the_whole_budget(client, books):
        client.get("/books/")
        client.get("/books/")
"""

ONE_ABOVE = """
    from querybudget import query_budget

    @query_budget(
        3, reason="two joins and a count"
    )
    def test_one_above(client, books):
        client.get("/books/")
"""

BOUNDS = """
    import pytest
    from querybudget import between, exactly, query_budget

    @pytest.mark.parametrize("limit", ["=4", "2..4", "4..9", exactly(4), between(0, 4), 4, 5])
    def test_holds(client, books, limit):
        with query_budget(limit):
            client.get("/books/")

    @pytest.mark.parametrize("limit", ["=5", "=3", "5..9", "1..3", exactly(5), between(5, 6), 3, 0])
    def test_fails(client, books, limit):
        with query_budget(limit):
            client.get("/books/")
"""

MEASURES = """
    import pytest

    OBSERVED = {
        "/books/": {"queries": 4, "reads": 4, "n_plus_one": 1, "shapes": 2},
        "/count_twice/": {"queries": 2, "duplicates": 1, "shapes": 1},
        "/sign/": {"queries": 1, "writes": 1, "reads": 0},
        "/health/": {"queries": 0, "writes": 0},
    }
    CASES = [(path, name, n) for path, seen in OBSERVED.items() for name, n in seen.items()]

    def cases(change):
        return [
            pytest.param(path, marks=pytest.mark.query_budget(**{name: n + change}))
            for path, name, n in CASES
            if n + change >= 0
        ]

    @pytest.mark.parametrize("path", cases(0))
    def test_at_the_limit(client, books, path):
        client.get(path)

    @pytest.mark.parametrize("path", cases(-1))
    def test_one_above(client, books, path):
        client.get(path)

    @pytest.mark.query_budget(tables={"library_author": 3, "library_book": 1, "library_tag": 0})
    def test_tables_at_the_limit(client, books):
        client.get("/books/")

    @pytest.mark.query_budget(tables={"library_author": 2})
    def test_tables_one_above(client, books):
        client.get("/books/")
"""


def test_a_budget_holds_at_its_limit_and_fails_one_above(project):
    """FAILED, never ERROR: it is judged around the call."""
    assert project.outcomes(test_books=AROUND_THE_LIMIT) == {
        "test_at_the_limit": "PASSED",
        "test_one_above": "FAILED",
        "test_none_allowed_and_none_made": "PASSED",
        "test_none_allowed_and_one_made": "FAILED",
        "test_each_request_has_the_whole_budget": "PASSED",
    }


def test_a_failure_shows_the_declaration_the_evidence_and_the_fix(project):
    result = project.run(test_books=ONE_ABOVE)
    result.stdout.fnmatch_lines(
        [
            ">*@query_budget(*",
            "E   querybudget.BudgetExceeded: 4 queries, budget 3 per request (1 over): BookViewSet.list",
            "E*QB101 n-plus-one, proven: Book.author loaded 3 times, for 3 of 3 books",
            'E*SELECT * FROM "library_author" WHERE "library_author"."id" = ?*',
            "E*serializer field BookSerializer.author_name*",
            'E*fix*: select_related("author") in BookViewSet.get_queryset (library/views.py:*)',
            "E*The other query is *",
            "E*Budget: *two joins and a count*test_books.py line 3*",
            "test_books.py:3: BudgetExceeded",
            "FAILED test_books.py::test_one_above - querybudget.BudgetExceeded: 4 queries, budget 3 *",
        ]
    )


def test_a_failure_shows_no_frame_of_querybudget(project):
    output = project.run(test_books=ONE_ABOVE).stdout.str()
    for line in output.partition("FAILURES")[2].splitlines():
        assert "declare.py" not in line
        assert "pytest_plugin" not in line
    assert "hidden" not in output


def test_a_failure_in_one_line_names_the_declaration_too(project):
    result = project.run("--tb=line", test_books=ONE_ABOVE)
    result.stdout.fnmatch_lines(["*test_books.py:3: querybudget.BudgetExceeded: 4 queries, budget 3 *"])


def test_showing_none_leaves_the_numbers_and_the_budget(project):
    result = project.run("--querybudget-show=none", test_books=ONE_ABOVE)
    result.stdout.fnmatch_lines(["E *4 queries, budget 3 per request (1 over)*", "E *Budget: *line 3*"])
    result.stdout.no_fnmatch_line("E *QB101*")


def test_showing_all_lists_the_other_statements(project):
    result = project.run("--querybudget-show=all", test_books=ONE_ABOVE)
    result.stdout.fnmatch_lines(["E *QB101*", 'E *1 × SELECT * FROM "library_book" *'])


def test_bounds_hold_as_they_are_written(project):
    project.run(test_bounds=BOUNDS).assert_outcomes(passed=7, failed=8)


def test_every_measure_holds_at_its_limit_and_fails_one_above(project):
    """Of twelve counts nine leave room for a limit below them."""
    outcomes = project.outcomes(test_measures=MEASURES)
    expected = {name: "FAILED" if "one_above" in name else "PASSED" for name in outcomes}
    assert outcomes == expected
    assert len(outcomes) == 12 + 9 + 2


def test_two_requests_above_the_limit_are_told_together(project):
    two = """
        from querybudget import query_budget

        @query_budget(1)
        def test_two(client, books):
            client.get("/books/")
            client.get("/books/1/")
            client.get("/n_books/")
    """
    result = project.run(test_books=two)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *4 queries, *: BookViewSet.list", "E *2 queries, *: BookViewSet.retrieve"]
    )


def test_a_single_query_is_told_in_the_singular(project):
    result = project.run(test_books=AROUND_THE_LIMIT)
    result.stdout.fnmatch_lines(["E *1 query, budget 0 per request (1 over): views.n_books"])
