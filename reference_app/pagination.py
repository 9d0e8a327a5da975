"""How lists are cut: into pages by number, histories by cursor, and what details nest to its latest rows."""

from datetime import UTC

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination, PageNumberPagination

MAX_INSTALLATIONS = 100
MAX_SYNCHRONIZATIONS = 10


class PageNumbers(PageNumberPagination):
    """Pages of 100 by `?page=`; `?page_size=` asks for up to 500 and is lowered to that above it."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500


class HistoryPages(CursorPagination):
    """Pages of 50 by `?cursor=`, the latest first. Nothing is counted, and what is added shifts no page."""

    page_size = 50
    ordering = ("-at", "-pk")

    def decode_cursor(self, request):
        """Refuse also a cursor that was put together by hand and has no moment to go on from."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None and not _is_moment(cursor.position):
            raise NotFound(self.invalid_cursor_message)
        return cursor


def _is_moment(text):
    """Tell whether `text` is a moment that there is in UTC, as the database keeps it."""
    try:
        moment = parse_datetime(text)
        return moment is not None and is_aware(moment) and bool(moment.astimezone(UTC))
    except (OverflowError, ValueError):
        return False
