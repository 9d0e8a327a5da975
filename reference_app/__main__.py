"""Run Django's commands: `python -m reference_app serve`, `python -m reference_app migrate`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reference_app.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # Of settings that cannot be read Django shows the way there, and what is wrong with them last.
        sys.exit(f"{error}")
