"""How lists are cut into pages: by number, and histories by cursor."""

from rest_framework.pagination import CursorPagination, PageNumberPagination


class PageNumbers(PageNumberPagination):
    """Pages of 100 by `?page=`; `?page_size=` asks for up to 500 and is lowered to that above it."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500


class HistoryPages(CursorPagination):
    """Pages of 50 by `?cursor=`, the latest first. Nothing is counted, and what is added shifts no page."""

    page_size = 50
    ordering = ("-at", "-pk")
