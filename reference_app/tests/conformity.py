"""Whether an answer is what the API says of itself: status, format, and every name and type."""

import json
import re
from dataclasses import dataclass
from functools import cache

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient


class DescribedClient(APIClient):
    """A client that takes no answer of the application which its description does not declare."""

    def request(self, **kwargs):
        """Send the request, and hold the answer to what the operation declares."""
        response = super().request(**kwargs)
        if response.request["PATH_INFO"].startswith("/api/"):
            refuse_undeclared(response)
        return response


@cache
def api_schema():
    """Return the application's OpenAPI description, without the twins and specimens, in plain JSON."""
    described = SchemaGenerator(urlconf="reference_app.urls").get_schema(request=None, public=True)
    return json.loads(OpenApiJsonRenderer().render(described))


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One operation of the description, and where it is."""

    path: str
    method: str
    operation: dict

    def __str__(self):
        return self.name

    @property
    def name(self):
        """Return the operation's id."""
        return self.operation["operationId"]

    def parameters(self, place):
        """Return `{name: schema}` of the parameters in the path or the query."""
        declared = self.operation.get("parameters", ())
        return {each["name"]: each["schema"] for each in declared if each["in"] == place}


def operations():
    """List all that is described."""
    return [
        Described(path=path, method=method, operation=operation)
        for path, methods in api_schema()["paths"].items()
        for method, operation in methods.items()
    ]


def operation_at(method, path):
    """Return the operation that answers `method` on `path`, if one does.

    Of two patterns it is the one with fewer variables that matches.
    """
    templates = [template for template in api_schema()["paths"] if _pattern(template).fullmatch(path)]
    template = min(templates, key=lambda template: template.count("{"))
    return api_schema()["paths"][template].get(method.lower())


def refuse_undeclared(response):
    """Fail unless the operation that was asked declares the answer it gave."""
    operation = operation_at(response.request["REQUEST_METHOD"], response.request["PATH_INFO"])
    if operation is None:
        assert response.status_code == 405
        return
    declared = operation["responses"].get(str(response.status_code))
    assert declared, f"{operation['operationId']} declares no {response.status_code}"
    if "content" not in declared:
        assert response.content == b""
        return
    media_type = response["Content-Type"].partition(";")[0]
    assert list(declared["content"]) == [media_type]
    schema = declared["content"][media_type]["schema"]
    if media_type == "application/json":
        _validator(json.dumps(schema)).validate(response.json())


@cache
def _pattern(template):
    """Return the expression for the paths of a template."""
    return re.compile(re.sub(r"\{\w+\}", r"[^/]+", template))


@cache
def _validator(schema):
    """Return the validator for a schema in JSON, one that takes no name for granted that is not declared."""
    root = json.loads(schema) | {"components": _closed(api_schema()["components"])}
    return Draft202012Validator(root, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _closed(schema):
    """Return a copy in which objects with declared properties have no others."""
    if isinstance(schema, list):
        return [_closed(element) for element in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed
