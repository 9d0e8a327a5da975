"""`python -m reference_app` runs Django's commands."""

import os
import subprocess
import sys
from pathlib import Path


def run(command, **environment):
    """Run a command with the settings it has by itself, on the database of nobody's choice."""
    chosen = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL"}
    others = {name: value for name, value in os.environ.items() if name not in chosen}
    return subprocess.run(  # noqa: S603  the commands are ours
        [sys.executable, "-m", "reference_app", command],
        cwd=Path(__file__).resolve().parents[2],
        env=others | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_application_checks_itself():
    """With the settings it is run with, not those of the tests."""
    done = run("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("System check identified no issues")


def test_a_database_that_cannot_be_meant_is_told_in_one_line():
    """No traceback through Django, which reads the settings in between."""
    done = run("serve", DATABASE_URL="postgres://db/app")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "DATABASE_URL: unknown scheme 'postgres'; expected one of sqlite, postgresql, mysql;"
        " did you mean postgresql?\n"
    )
