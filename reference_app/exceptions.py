"""Refusals that REST framework has no class for."""

from rest_framework import status
from rest_framework.exceptions import APIException


class Conflict(APIException):
    """409: the request is well-formed, but the object's present state forbids it."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "The object is in a state that forbids this."
    default_code = "conflict"
