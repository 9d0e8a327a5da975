"""The rooms keep to themselves, and the public names are pinned."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import querybudget

PACKAGE = Path(querybudget.__file__).parent
FORBIDDEN = {
    "analysis": {"django", "pytest", "click"},
    "budgets": {"django", "pytest", "click"},
    "reports": {"django", "pytest", "click"},
    "storage": {"django", "pytest", "click"},
    "cli": {"django", "pytest"},
    "capture": {"pytest", "_pytest", "click"},
    "pytest_plugin": {"django", "click"},
    ".": {"django", "pytest", "_pytest", "click"},
}


def imported(path):
    """Return the top-level packages a module imports anywhere, those for type checking apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("room", sorted(FORBIDDEN))
def test_a_room_imports_only_what_is_its_own(room):
    pattern = "*.py" if room == "." else f"{room}/**/*.py"
    modules = sorted(PACKAGE.glob(pattern))
    assert modules
    for path in modules:
        assert not imported(path) & FORBIDDEN[room], path


def test_the_reference_application_imports_querybudget_in_its_tests_alone():
    """An application carries budgets as plain attributes, and runs where querybudget is not installed."""
    application = PACKAGE.parent / "reference_app"
    modules = [path for path in application.rglob("*.py") if application / "tests" not in path.parents]
    assert len(modules) > 50
    assert [path.name for path in modules if "querybudget" in imported(path)] == []


def test_importing_querybudget_and_its_plugin_imports_no_django():
    code = "import sys, querybudget.pytest_plugin.hooks; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_module_has_more_than_400_lines():
    long = [
        path for path in PACKAGE.rglob("*.py") if len(path.read_text(encoding="utf-8").splitlines()) > 400
    ]
    assert long == []
