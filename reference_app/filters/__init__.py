"""What lists can be narrowed by, one module a resource."""

import django_filters
from django_filters.rest_framework import DjangoFilterBackend

from reference_app.models import Project


class ListFilterBackend(DjangoFilterBackend):
    """Filters lists alone: what a row answers does not depend on the query string it is asked with."""

    def get_filterset_class(self, view, queryset=None):
        """Return the view's `filterset_class` for its list, and none for anything else."""
        return super().get_filterset_class(view, queryset) if view.action == "list" else None


def visible_projects(request):
    """Return the projects that may be named: a foreign one is refused in the words for one that is not.

    With their names, which the page for people offers as choices.
    """
    return Project.objects.for_user(request.user).only("name").order_by("pk")


class YesOrNoFilter(django_filters.TypedChoiceFilter):
    """`true` or `false`; anything else is a 400, where a boolean filter would filter nothing."""

    def __init__(self, **kwargs):
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce=lambda value: value == "true", **kwargs)


class InProjectFilterSet(django_filters.FilterSet):
    """`?project=`, by id, at one query of its own to tell an unknown project from an empty one."""

    project = django_filters.ModelChoiceFilter(queryset=visible_projects, help_text="The id of a project.")
