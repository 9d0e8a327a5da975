"""Run the command as `python -m querybudget.cli`."""

from querybudget.cli.main import run

run()
