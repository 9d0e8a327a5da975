"""Refusals that REST framework has no class for."""

from rest_framework import status
from rest_framework.exceptions import APIException


class Conflict(APIException):
    """409: the request is well-formed, but the object's present state forbids it."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "The object is in a state that forbids this."
    default_code = "conflict"


class RequestTooLarge(APIException):
    """413: more at once than one request may ask for."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "This is too much for one request."
    default_code = "too_large"
