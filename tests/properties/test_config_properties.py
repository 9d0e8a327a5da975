"""Whatever stands in the settings is understood, or told as a mistake of theirs: nothing else is raised."""

import tomllib
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from querybudget import InvalidConfiguration
from querybudget.budgets.budget import MAPPINGS, NUMBERS, PER_ITEM, WORDS_BESIDE
from querybudget.budgets.spelling import as_toml, toml_key
from querybudget.config import Config, read_config
from querybudget.config_file import SETTINGS

WORDS = (*NUMBERS, *MAPPINGS, *PER_ITEM, *WORDS_BESIDE)

texts = st.sampled_from(
    ["=4", "4..2", "QB101", "QB102:X.y", "shop", "2027-06-30", "serializer", "a.b", "\x00", "x" * 300]
)
scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.just(10**30),
    st.floats(),
    texts,
    st.text(st.characters(codec="utf-8")),
    st.dates(),
    st.sampled_from(
        [datetime(2027, 6, 30, tzinfo=UTC), datetime.fromisoformat("2027-06-30T01:00:00"), time(1, 2)]
    ),
)
keys = st.one_of(
    st.sampled_from([*WORDS, *SETTINGS, "V.list", "GET /x/", "V.*", "", " "]),
    st.text(st.characters(codec="ascii"), max_size=4),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
budgets = st.dictionaries(
    keys, st.one_of(values, st.dictionaries(st.sampled_from(WORDS), values)), max_size=3
)


def read(directory, data, name):
    text = "".join(f"{toml_key(key)} = {as_toml(value)}\n" for key, value in data.items())
    assert repr(tomllib.loads(text)) == repr(data)
    (directory / name).write_text(text, "utf-8")
    try:
        return read_config(directory)
    except InvalidConfiguration as error:
        return str(error)


tables = st.one_of(
    values, st.dictionaries(st.sampled_from(SETTINGS), values), st.fixed_dictionaries({"budgets": budgets})
)


@given(table=tables)
@example(table={"budgets": {"V.list": {"base": False, "per_item": []}}})
def test_any_settings_are_understood_or_refused(tmp_path_factory, table):
    data = {"tool": {"querybudget": table}}
    found = read(tmp_path_factory.mktemp("settings"), data, "querybudget.toml")
    assert isinstance(found, Config) or found.startswith("querybudget.toml line 1: ")


@given(data=st.dictionaries(keys | st.just("tool"), values))
@example(data={"tool": 4})
def test_any_file_is_understood_or_refused(tmp_path_factory, data):
    found = read(tmp_path_factory.mktemp("file"), data, "querybudget.toml")
    assert isinstance(found, Config) or "querybudget.toml" in found


@pytest.mark.parametrize("depth", [150, 200, 250, 300, 1000, 100_000])
def test_what_is_nested_too_deep_is_refused(tmp_path, depth):
    text = f"[tool.querybudget]\ndefault = {'[' * depth}{']' * depth}\n"
    (tmp_path / "querybudget.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidConfiguration):
        read_config(tmp_path)


def test_a_number_beyond_any_parser_is_refused(tmp_path):
    (tmp_path / "querybudget.toml").write_text(f"[tool.querybudget]\ndefault = {'9' * 5000}\n", "utf-8")
    with pytest.raises(InvalidConfiguration, match=r"querybudget.toml is no TOML"):
        read_config(tmp_path)


def test_dates_are_written_plain():
    assert as_toml({"until": date(2027, 6, 30), "on": True, "a b": ["x"]}) == (
        '{ until = 2027-06-30, on = true, "a b" = ["x"] }'
    )


@pytest.mark.parametrize("start", ["default", "budgets.x", 'budgets."V.list".tables'])
def test_dotted_keys_without_end_are_refused(tmp_path, start):
    """Each opens a table in the last, and `tomllib` needs no recursion for that."""
    text = f"[tool.querybudget]\n{start}{'.a' * 2000} = 1\n"
    (tmp_path / "querybudget.toml").write_text(text, "utf-8")
    with pytest.raises(InvalidConfiguration, match=r"querybudget.toml line 2: "):
        read_config(tmp_path)
