"""The plugin is installed beside projects that have no Django settings, or no Django."""

UNCONFIGURED = """
    import sys

    def test_django_is_not_imported():
        assert "django" not in sys.modules

    def test_fails():
        raise ValueError("its own error")
"""

WATCHING_THE_END = """
    import sys

    def pytest_sessionfinish():
        print("django imported:", "django" in sys.modules)
"""

WITHOUT_DJANGO = """
    import sys

    class Nobody:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] in {"django", "rest_framework"}:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Nobody())
"""


def test_django_is_not_imported_where_no_settings_are(bare_project):
    """Not until the very end either; pytest-django itself imports none without settings."""
    result = bare_project.run("-s", conftest=WATCHING_THE_END, test_plain=UNCONFIGURED)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*django imported: False"])
    assert "query" not in "\n".join(line for line in result.outlines if not line.startswith("plugins:"))
    assert not bare_project.run_data.exists()


def test_pytest_runs_where_django_is_not_installed(bare_project):
    bare_project.write(sitecustomize=WITHOUT_DJANGO)
    result = bare_project.run("-p", "no:django", test_plain=UNCONFIGURED)
    result.assert_outcomes(passed=1, failed=1)
    assert "ModuleNotFoundError" not in result.stdout.str() + result.stderr.str()


def test_a_budget_without_django_does_not_pass_unchecked(bare_project):
    """Nothing can be counted there, so a declared budget must not look kept."""
    declared = """
        import pytest

        @pytest.mark.query_budget(4)
        def test_declared():
            assert True
    """
    result = bare_project.run("-p", "no:django", test_plain=declared)
    assert result.ret != 0


def test_the_library_can_be_imported_before_django(bare_project):
    result = bare_project.python("-c", "import sys, querybudget; assert 'django' not in sys.modules")
    assert result.ret == 0
