"""What requests may be written in: JSON alone, and of it what a database and an answer can hold."""

import json

from rest_framework import parsers
from rest_framework.exceptions import ParseError

# The deepest body, a report of a computer, has three: an object of lists of objects.
MAX_LEVELS = 10
TOO_DEEP = f"JSON parse error - nested more than {MAX_LEVELS} levels deep"


class JSONParser(parsers.JSONParser):
    """JSON alone: what is nested has no form.

    Refuses with 400 what Python reads as JSON, and what fails later on, each time in another place: half a
    surrogate pair is no text that could be stored, or quoted in a refusal; `1e400` is read as infinity, which
    is no number of JSON; and what is nested without end exhausts the stack.

    Without a renderer the form on the browsable pages opens empty. What Django REST framework would put into
    it comes from the serializer of the answer, which is another one than that of the request.
    """

    renderer_class = None

    def parse(self, stream, media_type=None, parser_context=None):
        """Return the parsed body. Raises `ParseError`."""
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(TOO_DEEP) from error
        if not _ends_within(body, MAX_LEVELS):
            raise ParseError(TOO_DEEP)
        try:
            json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
        return body


def _ends_within(value, levels):
    """Tell whether `value` has at most so many `levels` of lists and objects."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_ends_within(each, levels - 1) for each in inner)
