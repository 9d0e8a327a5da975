"""At which level of nested serializers of DRF, and at which field, a query was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from querybudget.records import Phase

if TYPE_CHECKING:
    from types import FrameType

    from querybudget.capture.scopes import RawEvent


def note_level(frame: FrameType, event: RawEvent) -> None:
    """Note one level of serializers: its class and the field at work, outermost first."""
    if event.phase is None:
        event.phase = Phase.SERIALIZER
    names = frame.f_locals
    field = names.get("field")
    if field is not None:
        event.serializer = ((type(names["self"]).__name__, field.field_name), *event.serializer)


def note_list(_frame: FrameType, event: RawEvent) -> None:
    """Note a list level: the serializer below stands in `[]`."""
    if event.phase is None:
        event.phase = Phase.SERIALIZER
    event.serializer = (("[]", ""), *event.serializer)
