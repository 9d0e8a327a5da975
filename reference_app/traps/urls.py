"""The specimens by name, and their routes: `/traps/<name>/`, the name being that of the class in dashes."""

import re

from django.urls import path

from reference_app.traps import constant, grow, other
from reference_app.traps.base import Specimen


def name_of(view):
    """Return the name of a specimen, such as "write-loop" for `WriteLoop`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", view.__name__).lower()


def specimens_in(module):
    """Return `{name: view}` of the specimens that `module` defines."""
    views = [view for view in vars(module).values() if isinstance(view, type) and issubclass(view, Specimen)]
    return {name_of(view): view for view in views if view.label}


SPECIMENS = specimens_in(grow) | specimens_in(constant) | specimens_in(other)


def as_view(view):
    """Return the callable of a view, or of the action that a viewset names in `route`."""
    return view.as_view(view.route) if hasattr(view, "route") else view.as_view()


urlpatterns = [path(f"{name}/", as_view(view), name=name) for name, view in SPECIMENS.items()]
