"""Prints the score: `python -m tests.corpus [NAME …]`; exits with 1 where anything is wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    """Set Django up on a database of its own, judge the cases and print."""
    # Below the root of a project nothing called `tests` is its own code; here the cases are.
    os.chdir(Path(__file__).parent)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.corpus.settings"
    import django
    from django.db import connection
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        from tests.corpus import cases, score
        from tests.corpus.runner import judge_all

        chosen = [case for name, case in cases.CASES.items() if not names or name in names]
        judged = judge_all(chosen)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    sys.stdout.write(score.table(judged))
    wrong = score.mistakes(judged)
    sys.stdout.write(wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
