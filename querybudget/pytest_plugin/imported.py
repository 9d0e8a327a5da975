"""Import the function that a setting names, or say which name is nearest."""

from __future__ import annotations

import pkgutil
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from querybudget.likeness import did_you_mean, nearest

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
    where = f"{config.path} line {config.items_line}"
    return _imported("items", config.items, where, "one that counts a response's items")


def imported_body(config: Config) -> Any:
    """Return the function that reads of a response what two equal ones have in common; None without one.

    Raises:
        UsageError: likewise.

    """
    if not config.replay.body:
        return None
    return _imported("body", config.replay.body, _where(config), "one that returns a response's body")


def imported_growers(config: Config) -> dict[str, Any]:
    """Return by model what adds rows to it: a function of how many, or a factory.

    Raises:
        UsageError: likewise.

    """
    growers = {}
    for model, path in config.replay.grow.items():
        _check_model(model, path, config)
        found = _imported(model, path, _where(config), "a factory, or a function that adds so many rows")
        growers[model] = getattr(found, "create_batch", found)
    return growers


def _check_model(model: str, path: str, config: Config) -> None:
    from querybudget.capture.relations import labels  # noqa: PLC0415 - needs Django

    known = labels()
    if model not in known:
        told = f"names no model. {did_you_mean(model, known)}"
        raise pytest.UsageError(f"querybudget: {_where(config)}: grow: {model!r} = {path!r} {told}")


def _where(config: Config) -> str:
    return f"{config.path} line {config.replay.line}"


def _imported(setting: str, path: str, where: str, expected: str) -> Any:
    module, _, name = path.rpartition(".")
    try:
        found = getattr(import_module(module), name)
    except Exception as error:  # noqa: BLE001 - a module of the project runs, and may fail in any way
        told = (
            str(error)
            if isinstance(error, ImportError | AttributeError)
            else f"{type(error).__name__}: {error}"
        )
        raise _unusable(setting, path, where, f"cannot be imported: {told}.{_nearest(path)}") from None
    if not callable(found):
        raise _unusable(setting, path, where, f"is no function but {found!r}. Expected: {expected}.")
    return found


def _unusable(setting: str, path: str, where: str, told: str) -> pytest.UsageError:
    return pytest.UsageError(f"querybudget: {where}: {setting} = {path!r} {told}")


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
