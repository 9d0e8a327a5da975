"""Tables as files, written row by row while the rows arrive."""

import csv

from django.http import StreamingHttpResponse
from rest_framework.negotiation import DefaultContentNegotiation

# What spreadsheets take for the beginning of a formula: its signs, their full-width forms, and white space,
# which some of them skip.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", " ", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class AnyAccept(DefaultContentNegotiation):
    """For what has one format only: the Accept header is not asked, errors are JSON as everywhere."""

    def select_renderer(self, request, renderers, format_suffix=None):
        """Take the first renderer, which writes the errors."""
        return renderers[0], renderers[0].media_type


def csv_response(filename, rows):
    """Stream `rows`, lists of values of which the first is the header, as an attachment in CSV.

    They are asked for while the answer is sent, after the view has returned: an error cuts the file short.
    """
    writer = csv.writer(_Passing())
    lines = (writer.writerow([_harmless(value) for value in row]) for row in rows)
    disposition = f'attachment; filename="{filename}"'
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


class _Passing:
    """A file that keeps nothing: what is written to it is returned."""

    def write(self, text):
        return text


def _harmless(value):
    """Keep a spreadsheet from running text that somebody chose as a name."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
