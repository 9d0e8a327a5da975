"""The one way in which lists are cut into pages."""

from rest_framework.pagination import PageNumberPagination


class PageNumbers(PageNumberPagination):
    """Pages of 100 by `?page=`; `?page_size=` asks for up to 500 and is lowered to that above it."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500
