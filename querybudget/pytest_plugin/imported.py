"""Import the function that a setting names, or say which name is nearest."""

from __future__ import annotations

import pkgutil
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from querybudget.config import Config


def imported_items(config: Config) -> Any:
    """Return the function that counts the items of a response; None where settings name none.

    Raises:
        UsageError: when it cannot be imported, with the nearest name there is.

    """
    if not config.items:
        return None
    module, _, name = config.items.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        nearest = _nearest(config.items)
        told = (
            f"{config.path} line {config.items_line}: items = {config.items!r} cannot be imported: {error}."
        )
        raise pytest.UsageError(f"querybudget: {told}{nearest}") from None


def _nearest(path: str) -> str:
    """Follow the path as far as it can be imported, and name what is nearest to its next part."""
    done, *parts = path.split(".")
    with suppress(ImportError):  # what the path leads to breaks by itself, which has been told
        for part in parts:
            known = _names_in(import_module(done))
            if part not in known:
                found = get_close_matches(part, known, n=1, cutoff=0)
                return f" Did you mean {f'{done}.{found[0]}'!r}?" if found else ""
            done = f"{done}.{part}"
    return ""


def _names_in(module: ModuleType) -> list[str]:
    inner = [each.name for each in pkgutil.iter_modules(getattr(module, "__path__", ()))]
    return sorted({*inner, *(name for name, value in vars(module).items() if callable(value))})
