"""The app's configuration; installed by a fixture, not by settings."""

from django.apps import AppConfig


class ZooConfig(AppConfig):
    """Known to Django while the capture tests run."""

    name = "tests.capture.zoo"
    label = "zoo"
    default_auto_field = "django.db.models.BigAutoField"
