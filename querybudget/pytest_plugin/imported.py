"""Import the function that a setting names, or say which name is nearest."""

from __future__ import annotations

import pkgutil
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from querybudget.likeness import nearest

if TYPE_CHECKING:
    from types import ModuleType

    from querybudget.config import Config


def imported_items(config: Config) -> Any:
    """Return the function that counts the items of a response; None where settings name none.

    Raises:
        UsageError: when it cannot be imported, with the nearest name there is; or is no function.

    """
    if not config.items:
        return None
    module, _, name = config.items.rpartition(".")
    try:
        found = getattr(import_module(module), name)
    except Exception as error:  # noqa: BLE001 - a module of the project runs, and may fail in any way
        told = (
            str(error)
            if isinstance(error, ImportError | AttributeError)
            else f"{type(error).__name__}: {error}"
        )
        raise _unusable(config, f"cannot be imported: {told}.{_nearest(config.items)}") from None
    if not callable(found):
        raise _unusable(
            config, f"is no function but {found!r}. Expected: one that counts a response's items."
        )
    return found


def _unusable(config: Config, told: str) -> pytest.UsageError:
    where = f"{config.path} line {config.items_line}"
    return pytest.UsageError(f"querybudget: {where}: items = {config.items!r} {told}")


def _nearest(path: str) -> str:
    """Follow the path as far as it can be imported, and name what is nearest to its next part."""
    done, *parts = path.split(".")
    with suppress(Exception):  # what the path leads to breaks by itself, which has been told
        for part in parts:
            known = _names_in(import_module(done))
            if part not in known:
                found = nearest(part, known)
                return f" Did you mean {f'{done}.{found}'!r}?" if found else ""
            done = f"{done}.{part}"
    return ""


def _names_in(module: ModuleType) -> list[str]:
    inner = [each.name for each in pkgutil.iter_modules(getattr(module, "__path__", ()))]
    return sorted({*inner, *(name for name, value in vars(module).items() if callable(value))})
