"""What requests may be written in."""

from rest_framework import parsers


class JSONParser(parsers.JSONParser):
    """JSON alone: what is nested has no form.

    Without a renderer the form on the browsable pages opens empty. What Django REST framework would put into
    it comes from the serializer of the answer, which is another one than that of the request.
    """

    renderer_class = None
