"""The application's registration with Django."""

from django.apps import AppConfig


class ReferenceAppConfig(AppConfig):
    """Package and deployment management for several organizations."""

    name = "reference_app"
    label = "reference_app"
    verbose_name = "packages and deployments"
    default_auto_field = "django.db.models.BigAutoField"
