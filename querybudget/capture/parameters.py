"""Tells parameters apart without keeping them."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from querybudget.records import PARAMETER_SIZE
from querybudget.stand_ins import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY = secrets.token_bytes(16)
"""Parameters are told apart by a digest nobody outside this process can guess values from."""

_PLAIN: tuple[tuple[type, Callable[[Any], str]], ...] = tuple((base, base.__repr__) for base in PLAIN)


def digest(parameters: Any) -> bytes:
    """Return `PARAMETER_SIZE` bytes for each value, equal for equal values within this process.

    Only plain values are read. Anything else (a lazy string, a model, an adapter) counts as equal to
    itself alone: reading it could run code, even a query, of the project.
    """
    values = parameters if type(parameters) in {list, tuple} else (parameters,)
    return b"".join(map(_digest, values))


def _digest(value: Any) -> bytes:
    text = _canonical(value).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, key=_KEY, digest_size=PARAMETER_SIZE).digest()


def _canonical(value: Any) -> str:
    """Write a value by the `repr` of its plain base, so that no subclass of the project's is asked."""
    for base, written in _PLAIN:
        if isinstance(value, base):
            return f"{base.__name__}:{written(value)}"
    if isinstance(value, memoryview):
        return f"bytes:{bytes(value)!r}"
    if type(value) in {list, tuple}:
        return f"[{','.join(map(_canonical, value))}]"
    if type(value) is dict:
        return f"{{{','.join(f'{_canonical(key)}:{_canonical(item)}' for key, item in value.items())}}}"
    return f"{type(value).__qualname__}@{id(value)}"
