"""How every operation is described: by its docstring and its budget."""

from inspect import cleandoc

from django.contrib.auth import get_user_model
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_basic_type, build_mock_request
from drf_spectacular.types import OpenApiTypes


class Operation(AutoSchema):
    """An operation named after resource and action, with the words and the budget that the view has for it.

    `list` and `retrieve` are Django REST framework's, which say nothing about packages: the modules beside
    this one give them a summary.
    """

    def get_operation_id(self):
        """Return `packages_mark_obsolete`, where drf-spectacular would add `_create` for the POST."""
        return f"{self.get_tags()[0]}_{self.view.action}"

    def get_paginated_name(self, serializer_name):
        """Return `StorePage` for a page of stores, and for one of rows that are made for lists."""
        return f"{serializer_name.removesuffix('List')}Page"

    def get_summary(self):
        """Return the first sentence of the action's docstring, as text: a summary has no Markdown."""
        first = self._docstring().partition("\n\n")[0]
        return first.replace("\n", " ").replace("`", "").removesuffix(".")

    def get_description(self):
        """Return what else the docstring says, and how many queries the action may run."""
        return "\n\n".join(filter(None, [self._docstring().partition("\n\n")[2], self._budget()]))

    def _docstring(self):
        """Return the docstring of the view's own method, empty for one that is inherited without."""
        return cleandoc(getattr(self.view, self.view.action).__doc__ or "")

    def _budget(self):
        """Put the view's declaration of the action into a sentence."""
        budget = getattr(self.view, "query_budgets", {}).get(self.view.action)
        if budget is None:
            return ""
        declared = budget if isinstance(budget, dict) else {"queries": budget}
        noun = "query" if declared["queries"] == 1 else "queries"
        reason = f" – {declared['reason']}" if "reason" in declared else ""
        return f"**Budget: {declared['queries']} {noun}**{reason}."


class NameOfRelated(OpenApiSerializerFieldExtension):
    """Rows that are given by a name: prefetched into an attribute, which is no field of a model."""

    target_class = "rest_framework.serializers.SlugRelatedField"

    def map_serializer_field(self, auto_schema, direction):
        """Say that names are text."""
        return build_basic_type(OpenApiTypes.STR)


def request_of_nobody(method, path, view, original_request, **kwargs):
    """Return a request to ask the views with for their querysets, which are looked at and never run.

    They begin with what the user may see, so that somebody has to be there: a superuser, whose row nobody
    looks for.
    """
    request = build_mock_request(method, path, view, original_request, **kwargs)
    request.user = get_user_model()(pk=0, is_superuser=True)
    return request
