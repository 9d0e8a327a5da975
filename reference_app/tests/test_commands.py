"""`python -m reference_app` runs Django's commands."""

import os
import subprocess
import sys
from pathlib import Path


def test_the_application_checks_itself():
    """With the settings it is run with, not those of the tests, on the database of nobody's choice."""
    chosen = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "reference_app", "check"],
        cwd=Path(__file__).resolve().parents[2],
        env={name: value for name, value in os.environ.items() if name not in chosen},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("System check identified no issues")
