"""A name that is the whole key of an action means that action, not those whose keys end in it."""

from __future__ import annotations

import pytest

TOP = """
from library import views

class BookViewSet(views.BookViewSet):
    queryset = views.Book.objects.none()

    def get_queryset(self):
        return views.Book.objects.none()
"""
URLS = """
import views as top

highest = SimpleRouter()
highest.register("top", top.BookViewSet, "top")
urlpatterns += highest.urls
"""
TESTS = """
    from querybudget import query_budget

    def test_inner(client, books):
        client.get("/books/")

    def test_top(client, books):
        client.get("/top/")

    @query_budget(1, action="views.BookViewSet.list")
    def test_both(client, books):
        client.get("/top/")
        client.get("/books/")
"""


@pytest.fixture
def two_views(project):
    (project.path / "views.py").write_text(TOP, "utf-8")
    urls = project.path / "library" / "urls.py"
    urls.write_text(urls.read_text("utf-8") + URLS, "utf-8")
    return project


def test_a_budget_of_a_whole_key_judges_no_longer_key(two_views):
    (two_views.path / "pyproject.toml").write_text(
        '[tool.querybudget.budgets]\n"views.BookViewSet.list" = 1\n', "utf-8"
    )
    result = two_views.run(test_it=TESTS)
    result.assert_outcomes(passed=3)
    assert result.ret == 0
    assert two_views.python("-m", "querybudget.cli", "check").ret == 0
