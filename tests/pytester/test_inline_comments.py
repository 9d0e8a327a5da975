"""A comment accepts a finding: for budgets, in reports, and as long as there is one."""

import json
import sys

import pytest

COMMENT = "# querybudget: allow[QB101] two books at most"
TEST = """
    from querybudget import query_budget

    @query_budget(n_plus_one=0)
    def test_signed(client, books):
        assert client.get("/authors/").status_code == 200
"""


@pytest.fixture
def signed(project):
    """Let a view load the author of each book, with a comment behind the line; run its test."""

    def run(comment, queryset="Book.objects.all()"):
        views = project.path / "library/views.py"
        text = views.read_text("utf-8").replace(
            'list(Author.objects.values_list("name", flat=True))',
            f"[book.author.name  {comment}\n                for book in {queryset}]",
        )
        views.write_text(text, "utf-8")
        return project.run(test_signed=TEST)

    return run


def report(project, *args):
    """Return what `querybudget report` prints."""
    return project.pytester.run(sys.executable, "-m", "querybudget.cli", "report", *args).stdout.str()


def test_without_a_comment_the_budget_is_not_kept(signed):
    assert "1 n-plus-one, budget 0" in signed("").stdout.str()


def test_what_a_comment_accepts_fails_nothing_and_is_shown(project, signed):
    result = signed(COMMENT)
    assert result.ret == 0
    assert "QB101" not in result.stdout.str()
    shown = report(project)
    assert "accepted: two books at most (library/views.py:23)" in shown
    assert "1 finding accepted by a comment, and not counted." in shown
    [action] = json.loads(report(project, "--format", "json"))["actions"]
    assert [each["accepted"] for each in action["findings"]] == ["two books at most (library/views.py:23)"]


def test_a_comment_that_accepts_nothing_any_more_is_told(project, signed):
    result = signed(COMMENT, 'Book.objects.select_related("author")')
    told = f"Accepts nothing any more, take it out: {COMMENT} (library/views.py:23)"
    assert (result.ret, told in result.outlines) == (0, True)
    assert told in report(project)


def test_of_a_part_of_the_tests_nobody_can_tell(project, signed):
    signed(COMMENT, 'Book.objects.select_related("author")')
    result = project.run("-k", "signed")
    assert "Accepts nothing" not in result.stdout.str()


def test_a_comment_without_a_reason_fails_the_test_that_asks(signed):
    result = signed("# querybudget: allow[QB101]")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*library/views.py:23: '# querybudget: allow[[]QB101]' needs a reason*"])


ALLOWING = """
    import pytest
    from querybudget import query_budget

    pytestmark = pytest.mark.query_budget(n_plus_one=0, allow="QB102:Book.author", reason="on a module")

    @query_budget(n_plus_one=0, allow={of_test!r}, reason="on a test")
    def test_books(client, books):
        assert client.get("/books/").status_code == 200

    def test_health(client, db):
        assert client.get("/health/").status_code == 200
"""
CONFIGURED = """
    [tool.querybudget.budgets]
    "BookViewSet.list" = { n_plus_one = 0, allow = ["QB101:Book.author", "QB103"], reason = "for now" }
    "views.health" = { allow = "QB104", reason = "it never writes" }
"""


def test_what_a_budget_allows_and_nothing_needs_any_more_is_told(project):
    (project.path / "querybudget.toml").write_text(CONFIGURED, "utf-8")
    result = project.run(test_allowing=ALLOWING.format(of_test=["QB101", "QB102:Book.tags"]))
    told = [line for line in result.outlines if "Accepts nothing any more" in line]
    assert result.ret == 0
    assert told == [
        f"Accepts nothing any more, take it out: {each}"
        for each in (
            'allow "QB102:Book.author" (test_allowing.py:4)',
            'allow "QB102:Book.tags" (test_allowing.py:6)',
            'allow "QB103" (querybudget.toml:3)',
            'allow "QB104" (querybudget.toml:4)',
        )
    ]
    assert set(told) < set(report(project).splitlines())


def test_what_one_of_several_requests_needs_is_not_told(project):
    (project.path / "querybudget.toml").write_text(CONFIGURED.replace(', "QB103"', ""), "utf-8")
    result = project.run(
        test_few="""
            def test_none(client, db):
                assert client.get("/books/").status_code == 200

            def test_some(client, books):
                assert client.get("/books/").status_code == 200
        """
    )
    assert "QB101:Book.author" not in result.stdout.str().replace("QB101 n-plus-one", "")
