"""The registration of the specimens' own models, which no other endpoint needs."""

from django.apps import AppConfig


class TrapsConfig(AppConfig):
    """Specimens of growing, constant and otherwise wrong queries."""

    name = "reference_app.traps"
    label = "reference_app_traps"
    default_auto_field = "django.db.models.BigAutoField"
