"""Carries out an edit as it is printed: read as Python, of which nothing runs but what edits are made of."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, TypeGuard

from django.apps import apps
from django.db import models
from django.db.models import functions

from querybudget.session import session
from querybudget.stand_ins import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[Any], Any]

_CALLABLE: dict[str, Any] = {
    "Avg": models.Avg,
    "Coalesce": functions.Coalesce,
    "Count": models.Count,
    "Exists": models.Exists,
    "F": models.F,
    "Max": models.Max,
    "Min": models.Min,
    "OuterRef": models.OuterRef,
    "Prefetch": models.Prefetch,
    "Q": models.Q,
    "Subquery": models.Subquery,
    "Sum": models.Sum,
}

_METHODS = frozenset(
    {
        "all",
        "annotate",
        "defer",
        "distinct",
        "exclude",
        "filter",
        "only",
        "order_by",
        "prefetch_related",
        "reverse",
        "select_related",
        "values",
    }
)
_ATTRIBUTES = frozenset({"objects", "through"})


class NotApplicable(Exception):  # noqa: N818 - no error: an edit that only the project's code can carry out
    """An edit cannot be tried by changing a queryset alone; says why."""


CODE_TOO = "the code that asks has to be changed with it"
TO_FILL_IN = "it has to be filled in"


def read(edit: str, model: Any) -> tuple[Change, ast.Call]:
    """Return what a printed edit does to a queryset of a model, and its last call.

    Raises:
        NotApplicable: for text that has to be filled in, or is no edit of a queryset.

    """
    if OPEN in edit:
        raise NotApplicable(TO_FILL_IN)
    try:
        call = ast.parse(f"queryset.{edit}", mode="eval").body
    except SyntaxError:
        raise NotApplicable(CODE_TOO) from None
    if not isinstance(call, ast.Call):
        raise NotApplicable(CODE_TOO)
    _Written(model, None).check(call)
    return lambda queryset: _Written(model, queryset).value(call), call


def _is_through(node: ast.AST) -> TypeGuard[ast.Attribute]:
    """Tell `Deployment.packages.through`, whose middle is a relation's name."""
    return isinstance(node, ast.Attribute) and node.attr == "through"


class _Written:
    """Evaluates the text of an edit over one queryset."""

    def __init__(self, model: Any, queryset: Any) -> None:
        self._model = model
        self._queryset = queryset

    def check(self, tree: ast.AST) -> None:
        """Refuse what an edit is not made of, before anything is evaluated."""
        relations = {id(each.value) for each in ast.walk(tree) if _is_through(each)}
        for node in ast.walk(tree):
            is_known = isinstance(node, ast.Attribute) and node.attr in _METHODS | _ATTRIBUTES
            if isinstance(node, ast.Attribute) and not is_known and id(node) not in relations:
                raise NotApplicable(CODE_TOO)
            if isinstance(node, ast.Name):
                self._named(node.id)

    def value(self, node: Any) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return self._named(node.id)
            case ast.Attribute():
                return getattr(self.value(node.value), node.attr)
            case ast.Call():
                positional = [self.value(each) for each in node.args]
                named = {each.arg or "": self.value(each.value) for each in node.keywords}
                return self.value(node.func)(*positional, **named)
            case ast.Subscript(slice=ast.Slice(lower=first, upper=last)):
                ends = [self.value(each) if each is not None else None for each in (first, last)]
                return self.value(node.value)[slice(*ends)]
            case ast.UnaryOp(op=ast.Invert()):
                return ~self.value(node.operand)
        raise NotApplicable(CODE_TOO)

    def _named(self, name: str) -> Any:
        if name == "queryset":
            return self._queryset
        if session.stand_ins is not None and name in session.stand_ins:
            return session.stand_ins[name]
        if name in _CALLABLE:
            return _CALLABLE[name]
        found = [each for each in apps.get_models(include_auto_created=True) if each.__name__ == name]
        own = [each for each in found if each._meta.app_label == self._model._meta.app_label]
        if len(own or found) != 1:
            raise NotApplicable(f"it does not say which {name} is meant")
        return (own or found)[0]
