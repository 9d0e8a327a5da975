"""A budget written over several lines is told as the one call it is."""

SEVERAL = """
    from querybudget import query_budget

    @query_budget(
        0,
        # measured in March
        action="BookViewSet.list",
    )
    def test_list(client, books):
        client.get("/books/")

    def test_block(client, books):
        with query_budget(
            0
        ):
            client.get("/books/")
"""


def test_a_call_over_several_lines_is_told_on_one(project):
    result = project.run(test_it=SEVERAL)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            '>   @query_budget(0, action="BookViewSet.list")',
            '*Budget: @query_budget(0, action="BookViewSet.list"), test_it.py line 3.*',
            "*Budget: with query_budget(0), test_it.py line 12.*",
        ]
    )
