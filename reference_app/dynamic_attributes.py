"""The dynamic attributes of deployments: what `extra` may hold, declared per source and package manager.

A new key is one line here, without a migration. Refuses what is not declared, and values of another type:
nothing is converted, so that "yes" does not become true on its way into a repository's configuration.
"""

from dataclasses import dataclass
from enum import StrEnum

from reference_app import public_urls
from reference_app.models import Deployment, Project

MAX_NUMBER = 2**31 - 1
MAX_TEXT = 200
MAX_TEXTS = 50
MISSING = "This attribute is required."


class Kind(StrEnum):
    """The type of a value."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    TEXTS = "texts"
    PUBLIC_URL = "public_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One key: the type of its value, and whether it must be there."""

    kind: Kind
    required: bool = False


_INTERNAL = {
    Project.Pms.APT: {"components": Kind.TEXTS, "pin_priority": Kind.NUMBER},
    Project.Pms.DNF: {"module_hotfixes": Kind.BOOLEAN, "priority": Kind.NUMBER},
    Project.Pms.PACMAN: {"sig_level": Kind.TEXT},
    Project.Pms.WINGET: {"scope": Kind.TEXT},
}
_EXTERNAL = {
    Project.Pms.APT: {"suite": Kind.TEXT},
    Project.Pms.DNF: {"gpg_check": Kind.BOOLEAN},
    Project.Pms.PACMAN: {},
    Project.Pms.WINGET: {"source_type": Kind.TEXT},
}
_ANY_EXTERNAL = {"frozen": Kind.BOOLEAN, "expire_minutes": Kind.NUMBER}


def declared(source, pms):
    """Return `{key: Declaration}` of what a deployment from `source` may have in a project of `pms`."""
    kinds = _INTERNAL[pms]
    required = {}
    if source == Deployment.Source.EXTERNAL:
        kinds = kinds | _EXTERNAL[pms] | _ANY_EXTERNAL
        required = {"base_url": Declaration(kind=Kind.PUBLIC_URL, required=True)}
    return required | {key: Declaration(kind=kind) for key, kind in sorted(kinds.items())}


def problems(extra, *, source, pms):
    """Return `{key: [message]}` of what is wrong with `extra`, empty if nothing is."""
    known = declared(source, pms)
    unknown = f"Unknown attribute, expected one of: {', '.join(known)}."
    found = {key: [unknown] for key in sorted(extra.keys() - known.keys())}
    for key, declaration in known.items():
        problem = _problem(key, declaration, extra)
        if problem:
            found[key] = [problem]
    return found


def _problem(key, declaration, extra):
    """Return what is wrong with one declared key, or None."""
    if key not in extra:
        return MISSING if declaration.required else None
    return _CHECKS[declaration.kind](extra[key])


def _is_text(value):
    """Tell a text of one printable line: others would add lines to a repository's configuration."""
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable()


def _boolean(value):
    return None if isinstance(value, bool) else "Expected true or false."


def _number(value):
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER
    return None if is_number else f"Expected a whole number from 0 to {MAX_NUMBER}."


def _text(value):
    return None if _is_text(value) else f"Expected a line of 1 to {MAX_TEXT} characters."


def _texts(value):
    is_list = isinstance(value, list) and len(value) <= MAX_TEXTS and all(map(_is_text, value))
    return None if is_list else f"Expected a list of up to {MAX_TEXTS} lines of 1 to {MAX_TEXT} characters."


_CHECKS = {
    Kind.BOOLEAN: _boolean,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.PUBLIC_URL: public_urls.problem_with,
}
