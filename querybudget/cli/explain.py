"""`querybudget explain CODE`: what docs/messages.md says about a code."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import click
from rich.markdown import Markdown

from querybudget.cli.output import standard_console
from querybudget.errors import QueryBudgetError
from querybudget.likeness import did_you_mean

_ENTRY = re.compile(r"^### (QB\d{3}) – ", re.MULTILINE)


@click.command()
@click.argument("code")
def explain(code: str) -> int:
    """Say what a code means, why it matters, how to mend it and how to accept it."""
    entries = entries_of(messages())
    wanted = code.upper()
    if wanted not in entries:
        raise QueryBudgetError(f"There is no code {code!r}. {did_you_mean(wanted, entries)}")
    console = standard_console()
    if console.is_terminal:
        console.print(Markdown(entries[wanted]))
    else:
        console.out(entries[wanted], highlight=False, end="")
    return 0


def messages() -> str:
    """Return the text of docs/messages.md, which an installed package carries along."""
    installed = files("querybudget") / "messages.md"
    checkout = Path(__file__).resolve().parents[2] / "docs" / "messages.md"
    return (installed if installed.is_file() else checkout).read_text(encoding="utf-8")


def entries_of(text: str) -> dict[str, str]:
    """Split the text into one entry a code, heading included."""
    starts = [*_ENTRY.finditer(text)]
    ends = [*(match.start() for match in starts[1:]), len(text)]
    return {
        match[1]: re.split(r"^## ", text[match.start() : end], flags=re.MULTILINE)[0].strip() + "\n"
        for match, end in zip(starts, ends, strict=True)
    }
