"""Each key of any TOML file is found on the line that writes it."""

import json
import tomllib
from datetime import date
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from querybudget.toml_lines import KeyLines

parts = st.sampled_from(
    ["a", "b-1", "é", "x.y", "GET /x/<pk>/", "[t]", 'q"', "#", "=", "\n", "\\", "", "'", "{}"]
)
scalars = st.sampled_from(
    [
        "1", "-1.5e3", "true", "inf", "2027-06-30", "1979-05-27 07:32:00",
        '"a = 1"', '"\\"]#"', "'[x]'", "''",
        '""', '"""\n[t]\na = 1\n"""', '"""\\""" """', "'''\n'a' = [\n'''", '""""a"""""', "'''''a'''''",
    ]
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: (
        st.builds("[{}]".format, st.lists(inner, max_size=3).map(" , ".join))
        | st.lists(inner, max_size=3).map(
            lambda items: "[ # [x]\n" + "".join(f"{each},\n" for each in items) + "]"
        )
        | st.lists(inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"k{number} = {each}" for number, each in enumerate(items)) + "}"
        )
    ),
    max_leaves=6,
)
noise = st.sampled_from(["", "\n", "# [a] b = 1\n", "  \n"])
headers = st.sampled_from(["[{}]", "[ {} ] # [x]", "[[{}]]"])


@st.composite
def written_key(draw, part):
    """Write one part of a key in one of the ways TOML has."""
    ways = [json.dumps(part), "".join(f"\\u{ord(each):04x}" for each in part).join('""')]
    if part and part.isascii() and part.replace("-", "").isalnum():
        ways.append(part)
    if not set(part) & {"'", "\n"}:
        ways.append(f"'{part}'")
    return draw(st.sampled_from(ways))


@st.composite
def files(draw):
    """Write tables and keys, each of its own name, and keep the line of each."""
    number, lines, text = count(), {}, ""
    for _ in range(draw(st.integers(1, 4))):
        table = (draw(parts), f"t{next(number)}")
        header = " . ".join([draw(written_key(part)) for part in table])
        text += draw(noise)
        lines[table] = text.count("\n") + 1
        text += draw(headers).format(header) + "\n"
        for _ in range(draw(st.integers(0, 4))):
            path = (f"k{next(number)}", draw(parts))
            text += draw(noise)
            lines[*table, *path] = text.count("\n") + 1
            text += ".".join([draw(written_key(part)) for part in path]) + f" = {draw(values)} # x = 1\n"
    return text, lines


@given(file=files())
def test_each_key_is_found_on_its_line(file):
    text, lines = file
    found = KeyLines(text)
    assert {path: found.line(path) for path in lines} == lines


@given(value=values, key=parts.flatmap(written_key))
def test_what_the_property_writes_is_toml(value, key):
    assert tomllib.loads(f"{key} = {value}")


def test_a_date_is_no_key():
    assert KeyLines(f"a = {date(2027, 6, 30)}\nb = 1\n").line(("b",)) == 2
