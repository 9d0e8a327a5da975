"""Which part of a request a frame of Django or DRF stands for.

The innermost such frame says the phase of a query; the project's own `get_queryset` is one too.
Names are those of DRF and Django; a test fails when one is gone upstream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from querybudget.records import Phase

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from querybudget.capture.scopes import RawEvent


def _phase(phase: Phase) -> Callable[[FrameType, RawEvent], None]:
    def note(_frame: FrameType, event: RawEvent) -> None:
        if event.phase is None:
            event.phase = phase

    return note


_NOTES = {phase: _phase(phase) for phase in Phase}

note_queryset = _NOTES[Phase.QUERYSET]
"""Also of a `get_queryset` of the project's."""

HANDLERS: frozenset[Any] = frozenset(_NOTES.values())

DJANGO: dict[str, dict[str, Any]] = {
    "contrib/auth/__init__.py": {
        "get_user": _NOTES[Phase.AUTHENTICATION],
        "aget_user": _NOTES[Phase.AUTHENTICATION],
        "authenticate": _NOTES[Phase.AUTHENTICATION],
        "aauthenticate": _NOTES[Phase.AUTHENTICATION],
    },
    "contrib/auth/backends.py": {"ModelBackend._get_permissions": _NOTES[Phase.PERMISSION]},
    "views/generic/detail.py": {"SingleObjectMixin.get_object": _NOTES[Phase.QUERYSET]},
    "views/generic/list.py": {"MultipleObjectMixin.paginate_queryset": _NOTES[Phase.PAGINATION]},
    "core/paginator.py": {"Paginator.count": _NOTES[Phase.PAGINATION]},
    "template/base.py": {"Template.render": _NOTES[Phase.TEMPLATE]},
    "template/response.py": {"SimpleTemplateResponse.rendered_content": _NOTES[Phase.RENDER]},
}

DRF: dict[str, dict[str, Any]] = {
    "views.py": {
        "APIView.perform_authentication": _NOTES[Phase.AUTHENTICATION],
        "APIView.check_permissions": _NOTES[Phase.PERMISSION],
        "APIView.check_object_permissions": _NOTES[Phase.PERMISSION],
        "APIView.check_throttles": _NOTES[Phase.THROTTLE],
    },
    "request.py": {"Request._authenticate": _NOTES[Phase.AUTHENTICATION]},
    "generics.py": {
        "GenericAPIView.get_object": _NOTES[Phase.QUERYSET],
        "GenericAPIView.filter_queryset": _NOTES[Phase.FILTER],
        "GenericAPIView.paginate_queryset": _NOTES[Phase.PAGINATION],
    },
    "serializers.py": {
        "BaseSerializer.is_valid": _NOTES[Phase.SERIALIZER],
    },
    "response.py": {"Response.rendered_content": _NOTES[Phase.RENDER]},
}
