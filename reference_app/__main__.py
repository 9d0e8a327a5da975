"""Run Django's commands: `python -m reference_app migrate`, `python -m reference_app runserver`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    execute_from_command_line(sys.argv)
