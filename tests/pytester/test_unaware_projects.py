"""What a project meets that installed querybudget and configured nothing."""

UNAWARE = """
    import pytest
    from django.contrib.contenttypes.models import ContentType
    from django.test import TestCase

    from library.models import Author, Book

    def test_passes(client, books):
        assert len(client.get("/books/").json()) == 3

    def test_fails(client, books):
        assert client.get("/n_books/").json() == {"n": 4}

    @pytest.mark.skip
    def test_is_skipped(client):
        client.get("/health/")

    @pytest.mark.xfail
    def test_fails_as_expected(client, books):
        assert client.get("/authors/").status_code == 404

    def test_errs(client, no_such_fixture):
        client.get("/health/")

    def test_counts(client, books, django_assert_num_queries):
        with django_assert_num_queries(4):
            client.get("/books/")

    class TestTypes(TestCase):
        @classmethod
        def setUpTestData(cls):
            ContentType.objects.get_for_model(Author)
            ContentType.objects.get_for_model(Book)

        def test_the_warmed_cache_is_kept(self):
            self.client.get("/n_books/")
            with self.assertNumQueries(0):
                ContentType.objects.get_for_model(Author)
                ContentType.objects.get_for_model(Book)
"""

REQUESTING = """
    def test_books(client, books):
        client.get("/books/")
"""


def summary_of(result):
    """Return the lines of the section, its heading first; empty where there is none."""
    lines = result.outlines
    starts = [number for number, line in enumerate(lines) if line.strip("= ") == "query budgets"]
    if not starts:
        return []
    start = starts[0]
    end = next(number for number in range(start + 1, len(lines)) if lines[number].startswith("==="))
    return lines[start:end]


def test_outcomes_are_the_same_with_and_without_the_plugin(project):
    """One of them is a count of queries that a cleared content type cache would break."""
    watched = project.run("-v", test_library=UNAWARE)
    unwatched = project.run("-v", "-p", "no:querybudget")
    assert watched.parseoutcomes() == unwatched.parseoutcomes()
    watched.assert_outcomes(passed=3, failed=1, skipped=1, xfailed=1, errors=1)
    assert "query budgets" not in unwatched.stdout.str()


def test_the_summary_has_at_most_twelve_lines(project):
    section = summary_of(project.run(test_library=UNAWARE))
    assert 0 < len(section) <= 12
    assert any("BookViewSet.list: 4 queries" in line for line in section)
    assert any(line.startswith("QB101") and "Book.author" in line for line in section)
    assert '@query_budget(4, action="BookViewSet.list")' in section[-1]


def test_the_line_to_paste_holds_the_action_where_it_is(project):
    """What the summary proposes must pass, and one less must fail."""
    pasted = summary_of(project.run(test_library=REQUESTING))[-1].split(": ", 1)[1]
    source = f"from querybudget import query_budget\n\n{pasted}\ndef test_books(client, books):\n"
    source += '    client.get("/books/")\n'
    project.run(test_library=source).assert_outcomes(passed=1)
    project.run(test_library=source.replace("(4,", "(3,")).assert_outcomes(failed=1)


def test_the_summary_is_silent_under_q(project):
    result = project.run("-q", test_library=REQUESTING)
    result.assert_outcomes(passed=1)
    assert summary_of(result) == []


def test_nothing_is_recorded_nor_judged_when_switched_off(project):
    """Declared budgets are ignored then, wherever they stand."""
    declared = """
        import pytest
        from querybudget import query_budget

        @pytest.mark.query_budget(0)
        def test_marked(client, books):
            client.get("/books/")

        @query_budget(0)
        def test_decorated(client, books):
            client.get("/books/")

        @query_budget(0, per="block")
        def test_block(client, books):
            client.get("/books/")

        def test_with(client, books):
            with query_budget(0):
                client.get("/books/")
    """
    result = project.run("--querybudget-off", test_library=declared)
    assert "query budgets" not in result.stdout.str()
    assert not project.run_data.exists()
    result.assert_outcomes(passed=4)


def test_one_directory_is_left_that_git_ignores(project):
    """The write-ahead log is folded into its file, and the summary's reading leaves none behind."""
    before = {path.name for path in project.path.glob("*")}
    project.run(test_library=REQUESTING)
    assert "*" in (project.run_data / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {path.suffix for path in project.run_data.iterdir()} == {"", ".sqlite3"}
    of_pytester = {"stdout", "stderr", "runpytest-0", "runpytest-current", "__pycache__"}
    after = {path.name for path in project.path.glob("*")} - of_pytester
    assert after - before == {".querybudget", "test_library.py"}


def test_a_run_without_requests_prints_nothing_and_leaves_nothing(project):
    """Queries of the tests themselves are no requests."""
    tests = """
        def test_without_queries():
            assert True

        def test_with_queries_of_its_own(books):
            from library.models import Book

            assert Book.objects.count() == 3
    """
    result = project.run(test_library=tests)
    result.assert_outcomes(passed=2)
    assert "query budgets" not in result.stdout.str()
    assert not project.run_data.exists()


def test_a_directory_that_cannot_be_written_breaks_nothing(project):
    project.run_data.write_text("a file stands where the directory should")
    result = project.run(test_library=REQUESTING)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*querybudget cannot write to *.querybudget*"])


def test_warnings_as_errors_do_not_make_our_trouble_theirs(project):
    project.run_data.write_text("a file stands where the directory should")
    result = project.run("-W", "error", test_library=REQUESTING)
    result.assert_outcomes(passed=1)


def test_counts_do_not_depend_on_the_order_of_tests(project):
    """Content types are looked up by whichever request is first; that query is in no budget."""
    project.write(
        library_types="""
            from django.contrib.contenttypes.models import ContentType
            from django.http import JsonResponse

            from library.models import Book

            def of_book(request):
                return JsonResponse({"type": ContentType.objects.get_for_model(Book).pk})
        """,
    )
    urls = project.path / "library" / "urls.py"
    urls.write_text(
        urls.read_text(encoding="utf-8").replace(
            "urlpatterns = [",
            "import library_types\nurlpatterns = [path('type/', library_types.of_book),",
        ),
        encoding="utf-8",
    )
    tests = """
        import pytest

        pytestmark = [pytest.mark.django_db, pytest.mark.query_budget("=0")]

        def test_one(client):
            client.get("/type/")

        def test_two(client):
            client.get("/type/")
    """
    project.run(test_types=tests).assert_outcomes(passed=2)
