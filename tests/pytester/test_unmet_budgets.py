"""A budget on a function that met no request proves nothing."""

UNMET = """
    import pytest
    from querybudget import query_budget

    @query_budget(4)
    def test_makes_no_request(books):
        assert True

    @pytest.mark.query_budget(0)
    def test_marked_makes_no_request(books):
        assert True

    @query_budget(4, action="BookViewSet.retrieve")
    def test_makes_another_request(client, books):
        client.get("/books/")

    def test_with_meets_none(query_budget, books):
        with query_budget(4, per="request"):
            assert True

    @query_budget(4)
    def test_fails_by_itself(books):
        raise ValueError("its own")

    @query_budget(4)
    def test_skips(books):
        pytest.skip("not here")

    @query_budget(4, per="block")
    def test_block_needs_none(books):
        assert True

    @query_budget(None)
    def test_lifting_needs_none(books):
        assert True

    @query_budget(4)
    class TestClass:
        def test_class_needs_none(self, books):
            assert True
"""

AT_SETUP = """
    import pytest
    from querybudget import query_budget

    @query_budget(4)
    def test_errs_before_its_body(no_such_fixture):
        assert True
"""


def test_only_a_passing_test_fails_for_it(project):
    outcomes = project.outcomes(test_unmet=UNMET)
    assert outcomes == {
        "test_makes_no_request": "FAILED",
        "test_marked_makes_no_request": "FAILED",
        "test_makes_another_request": "FAILED",
        "test_with_meets_none": "FAILED",
        "test_fails_by_itself": "FAILED",
        "test_skips": "SKIPPED",
        "test_block_needs_none": "PASSED",
        "test_lifting_needs_none": "PASSED",
        "TestClass::test_class_needs_none": "PASSED",
    }


def test_it_names_the_declaration_and_counting_the_whole_block(project):
    result = project.run("-k", "test_makes_no_request", test_unmet=UNMET)
    result.stdout.fnmatch_lines(
        [
            ">*@query_budget(4)",
            "E  *budget met no request*",
            'E  *per="block"*',
            "test_unmet.py:4: BudgetExceeded",
        ]
    )


def test_a_failing_test_is_not_bothered_with_it(project):
    result = project.run("-k", "fails_by_itself", test_unmet=UNMET)
    result.stdout.fnmatch_lines(["E *ValueError: its own"])
    result.stdout.no_fnmatch_line("*met no request*")


def test_a_test_that_errs_in_setup_is_not_bothered_with_it(project):
    result = project.run(test_unmet=AT_SETUP)
    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*met no request*")
