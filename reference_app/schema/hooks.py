"""What holds for many operations alike: how they answer and refuse."""

from http import HTTPStatus

REFUSALS = {
    "400": "Something in the request is wrong; nothing was written.",
    "403": "Not logged in, or not allowed to do this.",
    "404": "There is no such row among those that the user may see, or no such page.",
    "409": "The present state forbids this; nothing was written.",
    "413": "More at once than one request may ask for; nothing was written.",
    "415": "The body is not JSON.",
}

# A 400 names the fields that are wrong, and what is wrong with each; anything that is about the whole request
# stands under "detail". What stands in the way is named beside it.
COMPONENTS = {
    "schemas": {
        "Detail": {
            "type": "object",
            "description": "Why the request is refused.",
            "properties": {
                "detail": {"type": "string"},
                "packages": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Up to five packages that stand in the way.",
                },
            },
            "required": ["detail"],
        },
        "Mistakes": {
            "type": "object",
            "description": "What is wrong, by the names of the fields; what concerns them all is `detail`.",
            "additionalProperties": {"$ref": "#/components/schemas/Mistake"},
        },
        "Mistake": {
            "description": "A message, or several; those of nested values by their name or position.",
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"$ref": "#/components/schemas/Mistake"}},
                {"$ref": "#/components/schemas/Mistakes"},
            ],
        },
    }
}


def add_refusals(result, **_context):
    """Add to each operation the refusals that follow from what it is.

    Whoever is not logged in is refused everywhere. A row or a page may not exist. What is read from the
    request may be wrong. Others are the action's own, which names the status and takes the words from here.
    """
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status in _refusals_of(path, operation):
                operation["responses"][status] = _refusal(status)
            operation["responses"] = dict(sorted(operation["responses"].items()))
    return result


def name_answers(result, **_context):
    """Call an answer that has no description by the name of its status."""
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                response["description"] = response["description"] or HTTPStatus(int(status)).phrase
    return result


def say_null(result, **_context):
    """Say `type: [string, null]` of a page's neighbours.

    Django REST framework (3.18) describes its pages in the words of OpenAPI 3.0, of which 3.1 ignores
    `nullable`, and drf-spectacular (0.30) passes them on.
    """
    for component in result["components"]["schemas"].values():
        for schema in component.get("properties", {}).values():
            if schema.pop("nullable", False):
                schema["type"] = [schema["type"], "null"]
                schema.pop("example", None)
    return result


def keep_version_required(result, **_context):
    """Require the version of a deployment in a PATCH too.

    Of the others drf-spectacular is right to think that a PATCH may leave out any field.
    """
    result["components"]["schemas"]["PatchedDeploymentChange"]["required"] = ["version"]
    return result


def _refusals_of(path, operation):
    """Return the statuses that the operation may be refused with."""
    parameters = {parameter["name"] for parameter in operation.get("parameters", ())}
    own = operation["responses"].keys() & REFUSALS.keys()
    is_paged = bool(parameters & {"page", "cursor"})
    is_read = parameters - {"id", "uuid", "page", "page_size", "cursor"} or "requestBody" in operation
    return (
        own
        | {"403"}
        | ({"404"} if "{" in path or is_paged else set())
        | ({"400"} if is_read else set())
        | ({"415"} if "requestBody" in operation else set())
    )


def _refusal(status):
    """Return the response object for a status."""
    name = "Mistakes" if status == "400" else "Detail"
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {"description": REFUSALS[status], "content": content}
