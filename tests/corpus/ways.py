"""The settings in which a case runs: a DRF request, a plain view, a template, and a bare block."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

if TYPE_CHECKING:
    from tests.corpus.case import Case

_now: dict[str, Any] = {}
"""The case that runs, and the view that answers for it."""


def answer(request: Any) -> Any:
    """Hand a request on to the view of the case that runs."""
    return _now["view"](request)


class RowSerializer(serializers.Serializer):
    """Shows what a case sees of a row."""

    value = serializers.SerializerMethodField()

    def get_value(self, row: Any) -> str:
        return str(_now["case"].see(row))


class RowsView(ListAPIView):
    """Lists the rows of a case."""

    serializer_class = RowSerializer

    def get_queryset(self) -> Any:
        return _now["case"].rows()


class RunView(APIView):
    """Does what a case does."""

    def get(self, request: Any) -> Response:
        _now["case"].run()
        return Response({})


def plain_view(request: Any) -> HttpResponse:
    """Do it in a function."""
    case = _now["case"]
    if not case.goes_over_rows():
        case.run()
        return HttpResponse("done")
    seen = []
    for row in case.rows():  # queryset
        seen.append(str(case.see(row)))  # noqa: PERF401 - as people write it
    return HttpResponse("\n".join(seen))


def template_view(request: Any) -> HttpResponse:
    """Render the rows."""
    return render(request, _now["template"], {"rows": _now["case"].rows()})


def drf(case: Case, client: Any) -> None:
    view = RowsView if case.goes_over_rows() else RunView
    _get(case, client, getattr(case, "view", view).as_view())


def view(case: Case, client: Any) -> None:
    _get(case, client, getattr(case, "plain", plain_view))


def template(case: Case, client: Any) -> None:
    """Write the template, a line each, and request the view that renders it."""
    name = f"{type(case).__name__}.html"
    lines = ["<ul>", "{% for row in rows %}", f"  <li>{case.template}</li>", "{% endfor %}", "</ul>"]
    Path(settings.TEMPLATE_DIR, name).write_text("\n".join(lines), "utf-8")
    _now["template"] = name
    _get(case, client, template_view)


TEMPLATE_LINE = 3


def block(case: Case, client: Any) -> None:
    """Do it without any request."""
    if not case.goes_over_rows():
        case.run()
        return
    for row in case.rows():  # queryset
        case.see(row)


WAYS = {"drf": drf, "view": view, "template": template, "block": block}


def ways_of(case: type[Case]) -> tuple[str, ...]:
    """Return the settings that a case makes sense in."""
    if case.ways:
        return case.ways
    if case.goes_over_rows() and not case.template:
        return ("drf", "view", "block")
    return tuple(WAYS) if case.goes_over_rows() else ("drf", "view", "block")


def _get(case: Case, client: Any, view: Any) -> None:
    _now.update(case=case, view=view)
    response = client.get("/case/")
    assert response.status_code == 200, response.content
