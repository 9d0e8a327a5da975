"""`--querybudget-verify`: what it takes, what it prints, and that it leaves the tests alone."""

import json
import sys

import pytest

TESTS = """
    from library.models import Book

    def test_books(client, books):
        assert client.get("/books/").status_code == 200

    def test_count(client, books):
        assert client.get("/n_books/").json() == {"n": 3}
        assert Book.objects.count() == 3
"""


def report(project, *args):
    """Return what `querybudget report` prints."""
    return project.pytester.run(sys.executable, "-m", "querybudget.cli", "report", *args).stdout.str()


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("guards", "'guards' names nothing that can be verified. Expected fix, guard, growth or all"),
        (",", "',' names nothing that can be verified."),
    ],
)
def test_an_unknown_kind_is_a_usage_error(project, value, told):
    result = project.run(f"--querybudget-verify={value}", test_few=TESTS)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str()


def test_a_fix_is_verified_in_the_report_and_in_json(project):
    result = project.run("--querybudget-verify=fix", test_few=TESTS)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["Made again: 1 verified of 1 fixes."])
    shown = report(project)
    assert "    verified: 4 → 1 queries, identical response" in shown
    assert "1 of 1 fixes verified." in shown
    data = json.loads(report(project, "--format", "json"))
    [finding] = data["actions"][0]["findings"]
    assert finding["fix"]["replay"] == "verified: 4 → 1 queries, identical response"
    [tried] = data["run"]["replayed"]
    assert (tried["kind"], tried["outcome"]) == ("fix", "verified")


def test_a_failing_budget_says_that_its_fix_is_verified(project):
    failing = """
        from querybudget import query_budget

        @query_budget(1)
        def test_books(client, books):
            client.get("/books/")
    """
    result = project.run("--querybudget-verify=all", test_few=failing)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*verified: 4 → 1 queries, identical response"])


def test_without_the_option_nothing_is_tried(project):
    project.run(test_few=TESTS)
    assert json.loads(report(project, "--format", "json"))["run"]["replayed"] == []


ONE_ROW = """
    import pytest

    @pytest.fixture
    def book(db):
        from library.shelf import fill

        fill(1)

    def test_books(client, book):
        assert client.get("/books/").status_code == 200
"""
LOADED = {"Book.objects.order_by": 'Book.objects.select_related("author").order_by'}


def optimise(project):
    """Let the view load what it shows."""
    views = project.path / "library/views.py"
    text = views.read_text("utf-8")
    for before, after in LOADED.items():
        text = text.replace(before, after)
    views.write_text(text, "utf-8")


def test_growth_is_found_with_one_row(project):
    result = project.run("--querybudget-verify=growth", test_few=ONE_ROW)
    result.assert_outcomes(passed=1)
    assert "1 of 1 querysets grow with their rows." in report(project)


def test_growth_fails_where_the_project_wants_it(project):
    """Of a query that no origin tells: the author is looked up by a function, through a cursor."""
    views = project.path / "library/views.py"
    text = views.read_text("utf-8").replace('source="author.name", read_only=True', 'source="*", default=""')
    text = text.replace("author_name = CharField(", "author_name = Looked(").replace(
        "class BookSerializer(",
        "class Looked(CharField):\n"
        "    def to_representation(self, book):\n"
        "        from django.db import connection\n"
        "        with connection.cursor() as cursor:\n"
        '            cursor.execute("SELECT name FROM library_author WHERE id > 0")\n'
        "            return str(len(cursor.fetchall()) > 0)\n\n"
        "class BookSerializer(",
    )
    views.write_text(text, "utf-8")
    (project.path / "querybudget.toml").write_text('[tool.querybudget]\nfail_on = ["QB401"]\n', "utf-8")
    project.run(test_few=ONE_ROW).assert_outcomes(passed=1)
    result = project.run("--querybudget-verify=growth", test_few=ONE_ROW)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*QB401 grows with the rows, measured: 1 query a row, 1 → 8 queries over 1 → 8 books"]
    )


def test_eager_loads_that_no_budget_guards_fail_a_run_that_wants_it(project):
    optimise(project)
    settings = project.path / "querybudget.toml"
    settings.write_text('[tool.querybudget]\nfail_on = ["QB501"]\n', "utf-8")
    result = project.run("--querybudget-verify=guard", test_few=TESTS)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*QB501: 1 found (unguarded eager load). `querybudget report` lists them."])
    shown = report(project)
    assert (
        'QB501 unguarded eager load, measured: select_related("author") of the view\'s queryset of Book'
        in shown
    )
    assert "0 of 1 eager loads guarded, 1 unguarded." in shown
    settings.write_text(
        '[tool.querybudget]\nfail_on = ["QB501"]\n[tool.querybudget.budgets]\n"BookViewSet.list" = 1\n',
        "utf-8",
    )
    assert project.run("--querybudget-verify=guard", test_few=TESTS).ret == 0
    assert "1 of 1 eager loads guarded." in report(project)


def test_blind_spots_are_told_of_a_complete_run(project):
    project.run(test_few=ONE_ROW)
    shown = report(project)
    assert "QB402 blind spots: 1 of 11 actions answered a request; never: AuthorView.get," in shown
    assert "QB402 blind spots: lists never seen with two items: BookViewSet.list." in shown
    spots = json.loads(report(project, "--format", "json"))["run"]["blind_spots"]
    assert (spots["n_known"], spots["n_requested"]) == (11, 1)
    project.run("-k", "nothing", test_few=ONE_ROW)
    (project.path / "querybudget.toml").write_text('[tool.querybudget]\nfail_on = ["QB402"]\n', "utf-8")
    result = project.run(test_few=ONE_ROW)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*QB402: 11 found (blind spot). `querybudget report` lists them."])


def test_tests_and_data_are_the_same_with_and_without_it(project):
    """In parallel and in a transactional test too; each test counts what the last one left."""
    tests = """
        import pytest
        from django.core import mail
        from django.core.cache import cache
        from library.models import Author, Book

        TRANSACTION = pytest.mark.django_db(transaction=True)

        @pytest.mark.parametrize("n", range(4))
        @pytest.mark.parametrize("how", [False, pytest.param(True, marks=TRANSACTION)])
        def test_books(client, books, how, n):
            assert (Author.objects.count(), len(mail.outbox), cache.get("seen")) == (3, 0, None)
            assert client.get("/books/").status_code == 200
            assert client.get("/sign/").status_code == 200
            assert Author.objects.count() == 4
    """
    for args in ([], ["-n", "2"]):
        result = project.run("--querybudget-verify=all", *args, test_few=tests)
        result.assert_outcomes(passed=8)
        assert "querybudget itself failed" not in result.stdout.str()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("replay = 4", "replay = 4 is no table. Expected replay = { methods"),
        ('replay = { method = ["POST"] }', "replay has no setting 'method'. Did you mean 'methods'?"),
        ('replay = { body = "x" }', 'body = "x" is no dotted path. Expected body = "shop.tests.x".'),
        ('replay = { grow = { "library.Book" = 4 } }', '"library.Book" = 4 is no dotted path.'),
        ('replay = { body = "library.shelf.fil" }', "body = 'library.shelf.fil' cannot be imported"),
        (
            'replay = { grow = { "library.Book" = "library.shelf.fil" } }',
            "Did you mean 'library.shelf.fill'?",
        ),
        ('replay = { methods = ["FETCH"] }', "methods names 'FETCH', which is none. Did you mean 'PATCH'?"),
        (
            'replay = { grow = { "library.Bok" = "library.shelf.fill" } }',
            "grow: 'library.Bok' = 'library.shelf.fill' names no model. Did you mean 'library.Book'?",
        ),
    ],
)
def test_settings_of_replays_are_checked(project, line, told):
    (project.path / "querybudget.toml").write_text(f"[tool.querybudget]\n{line}\n", "utf-8")
    result = project.run("--querybudget-verify=all", test_few=TESTS)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str()
    assert "querybudget.toml line 2" in result.stderr.str()


def test_bodies_and_rows_are_the_projects_own_where_it_says_so(project):
    (project.path / "querybudget.toml").write_text(
        "[tool.querybudget]\n"
        'replay = { body = "stable.body", grow = { "library.Book" = "library.shelf.fill" } }\n',
        "utf-8",
    )
    project.write(stable="def body(response):\n    return response.content.replace(b'0', b'1')\n")
    project.run("--querybudget-verify=growth", test_few=ONE_ROW).assert_outcomes(passed=1)
    assert "1 of 1 querysets grow" in report(project)


SIZES = """
    import pytest

    @pytest.mark.parametrize("n", [2, 3, 5])
    def test_books(client, db, n):
        from library.shelf import fill

        fill(n)
        assert client.get("/books/").json()
"""
COUNTING = """
    from rest_framework.fields import Field
    from library.models import Author

    class Counted(Field):
        def get_attribute(self, book):
            return Author.objects.filter(id__lt=99).count()

        def to_representation(self, count):
            return count > 0
"""


@pytest.fixture
def counting(project):
    """Let a field count all authors for each book: a duplicate, as far as one request can tell."""
    project.write(counting=COUNTING)
    views = project.path / "library/views.py"
    text = views.read_text("utf-8")
    text = f"from counting import Counted\n{text}"
    text = text.replace('CharField(source="author.name", read_only=True)', "Counted(read_only=True)")
    views.write_text(text, "utf-8")


def test_answers_of_several_sizes_show_growth_without_any_replay(project, counting):
    (project.path / "querybudget.toml").write_text('[tool.querybudget]\nfail_on = ["QB401"]\n', "utf-8")
    result = project.run(test_few=SIZES)
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*QB401: 1 found (grows with the rows). `querybudget report` lists them."])
    shown = report(project)
    assert "QB103 duplicate, proven: count of Author 5 times" in shown
    assert "QB401 grows with the rows, measured: 1 query an item, 2 → 5 queries in answers" in shown
    assert "counting.py:6 Counted.get_attribute" in shown


def test_two_sizes_are_too_few(project, counting):
    project.run(test_few=SIZES.replace("[2, 3, 5]", "[2, 5]"))
    assert "QB401" not in report(project)


def test_a_loop_that_is_told_is_not_told_again_as_growth(project):
    project.run(test_few=SIZES)
    shown = report(project)
    assert "QB101 n-plus-one" in shown
    assert "QB401" not in shown


IN_VIEW = '[tool.querybudget.budgets]\n"BookViewSet.list" = { base = 20, per_item = 0 }\n'
IN_TEST = """
    from querybudget import query_budget

    @query_budget(base=20, per_item=%s)
    def test_books(client, book):
        client.get("/books/")
"""


@pytest.mark.parametrize(("per_item", "failed"), [(0, True), (1, False)])
def test_a_budget_per_item_of_a_test_is_judged_by_the_slope(project, per_item, failed):
    """With one row `base` has room for whatever each row asks."""
    result = project.run(
        "--querybudget-verify=growth", test_few=ONE_ROW.partition("    def test")[0] + IN_TEST % per_item
    )
    result.assert_outcomes(failed=int(failed), passed=int(not failed))
    told = "E *+1 query per item, budget 0: BookViewSet.list"
    if failed:
        result.stdout.fnmatch_lines(
            [
                told,
                "*2, 3, 5, 9 queries for 1, 2, 4, 8 items, made again over other numbers of rows.",
                "*QB101 n-plus-one, proven: *",
                "*Intended? Raise per_item there and say why.",
            ]
        )


def test_a_budget_per_item_of_configuration_is_judged_by_the_slope(project):
    (project.path / "querybudget.toml").write_text(IN_VIEW, "utf-8")
    result = project.run("--querybudget-verify=growth", test_few=ONE_ROW)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *+1 query per item, budget 0: BookViewSet.list", "*querybudget.toml line 2*"]
    )


@pytest.mark.parametrize(("per_item", "failed"), [(0, True), (1, False)])
def test_answers_of_several_sizes_are_held_to_a_budget_per_item_of_configuration(project, per_item, failed):
    """Each of them keeps it: `base` has room for five rows."""
    budget = IN_VIEW.replace("per_item = 0", f"per_item = {per_item}")
    (project.path / "querybudget.toml").write_text(budget, "utf-8")
    result = project.run(test_few=SIZES)
    result.assert_outcomes(passed=3)
    assert (result.ret != 0) == failed
    told = "*+1 query per item, budget 0: BookViewSet.list, by the answers of all tests.*"
    if failed:
        result.stdout.fnmatch_lines([told, "*querybudget.toml line 2."])
    checked = project.pytester.run(sys.executable, "-m", "querybudget.cli", "check")
    assert (checked.ret, told[1:-1] in checked.stdout.str()) == (int(failed), failed)


CHARGING = """
    from pathlib import Path

    def charge():
        Path("charged").touch()
"""
MOCKED = """
    from unittest.mock import patch

    @patch("charging.charge")
    def test_books(charge, client, books):
        assert client.get("/books/").status_code == 200
        charge.assert_called_once()

    def test_books_by_fixture(client, books, monkeypatch):
        monkeypatch.setattr("charging.charge", lambda: None)
        assert client.get("/books/").status_code == 200
"""


def test_what_a_test_mocks_is_never_run_for_real(project):
    project.write(charging=CHARGING)
    views = project.path / "library/views.py"
    text = views.read_text("utf-8").replace(
        'return Book.objects.order_by("id")', 'charging.charge()\n        return Book.objects.order_by("id")'
    )
    views.write_text(f"import charging\n{text}", "utf-8")
    result = project.run("--querybudget-verify=all", test_mocked=MOCKED)
    result.assert_outcomes(passed=2)
    assert not (project.path / "charged").exists()
    told = "Not replayable: GET /books/: what it ran with is replaced no more: charge (unittest.mock)"
    assert told in report(project)
    assert "verified: 4 → 1 queries, identical response" in report(project)


def test_a_run_that_does_not_look_for_what_it_is_to_fail_for_says_so(project):
    (project.path / "querybudget.toml").write_text(
        '[tool.querybudget]\nfail_on = ["QB501", "QB101"]\n', "utf-8"
    )
    told = "fail_on names QB501: not looked for, as only --querybudget-verify=guard does."
    assert told in project.run(test_few=TESTS).stdout.str()
    assert told not in project.run("--querybudget-verify=guard", test_few=TESTS).stdout.str()


NOTICING = """
    import pytest
    from library.models import Author

    @pytest.fixture
    def signed(client, db):
        yield client
        assert Author.objects.count() == 1

    def test_sign(signed):
        assert signed.post("/sign/").status_code == 200
        assert Author.objects.count() == 1

    def test_other(client, db):
        assert False, "its own"
"""


def test_a_teardown_that_notices_is_told_why(project):
    """And nobody else: a test that fails by itself is not made again."""
    (project.path / "querybudget.toml").write_text(
        '[tool.querybudget]\nreplay = { methods = ["POST"] }\n', "utf-8"
    )
    project.run("-k", "sign", test_few=NOTICING).assert_outcomes(passed=1)
    result = project.run("--querybudget-verify=fix", test_few=NOTICING)
    result.assert_outcomes(passed=1, errors=1, failed=1)
    text = result.stdout.str()
    assert text.count("Before this failed, --querybudget-verify made requests of the test again") == 1
    assert "Without the option the test runs as it is." in text


UNITTEST = """
    from django.test import TestCase
    from library.models import Author

    class SignTests(TestCase):
        def tearDown(self):
            assert Author.objects.count() == 1

        def test_sign(self):
            assert self.client.post("/sign/").status_code == 200
"""


def test_so_is_the_teardown_of_a_unittest(project):
    (project.path / "querybudget.toml").write_text(
        '[tool.querybudget]\nreplay = { methods = ["POST"] }\n', "utf-8"
    )
    result = project.run("--querybudget-verify=fix", test_few=UNITTEST)
    result.assert_outcomes(failed=1)
    assert "Before this failed, --querybudget-verify made requests" in result.stdout.str()
