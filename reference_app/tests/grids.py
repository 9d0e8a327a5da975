"""The sizes at which queries are counted, and the names of what is varied.

A test whose id names its numbers (`[D=2,A=5,I=0]`) is a measurement: of what it requests the table in
docs/reference_app.md is made. The letters are those of the formulas beside the views.
"""

import pytest

SIZES = (2, 5)
THOROUGH_SIZES = (3, 8, 21)
"""With `pytest -m thorough`; left out else."""


def _at(values, *, named="", thorough=False):
    """Return one set of parameters."""
    marks = [pytest.mark.thorough] if thorough else []
    return pytest.param(*values, id=named or "-".join(map(str, values)), marks=marks)


def _name(letters, values):
    """Return the id that tells what each letter stands for."""
    numbers = letters(*values) if callable(letters) else dict(zip(letters.split(), values, strict=True))
    return ",".join(f"{letter}={number}" for letter, number in numbers.items())


def grid(names, rows, *, letters, thorough=None):
    """Parametrize a measurement with `rows` of values for `names`, each an own combination of `letters`.

    `letters` names the values in their order, or is a function from the values to `{letter: number}`. The
    thorough run adds the rows of `thorough`: by default each of its sizes for all names at once.
    """
    if thorough is None:
        thorough = [(size,) * len(names.split()) for size in THOROUGH_SIZES]
    both = [(row, False) for row in rows] + [(row, True) for row in thorough]
    named = [_at(row, named=_name(letters, row), thorough=each) for row, each in both]
    return pytest.mark.parametrize(names.split(), named)


def sizes(name, *, letter=None, also=()):
    """Parametrize a measurement with the sizes for `name`, which formulas call `letter`."""
    return grid(name, [(size,) for size in (*also, *SIZES)], letters=letter or name)


measured_size = sizes("n")
each_size = pytest.mark.parametrize(
    "n", [_at((n,), thorough=n in THOROUGH_SIZES) for n in (*SIZES, *THOROUGH_SIZES)]
)
"""Of tests that are no measurement: of refusals, and of what costs more or less than usual."""
own_or_shared = pytest.mark.parametrize("shared", [False, True], ids=["own-parents", "shared-parents"])
own_or_thorough_shared = pytest.mark.parametrize(
    "shared",
    [False, pytest.param(True, marks=pytest.mark.thorough)],
    ids=["own-parents", "shared-parents"],
)
"""Of the naive formulas: that sharing saves the twins nothing is seen in the thorough run."""
