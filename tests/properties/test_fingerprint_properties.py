"""What holds of every fingerprint: of any text, and of statements as sqlparse reads them."""

import re
import sys
from dataclasses import dataclass

import pytest
import sqlparse
from hypothesis import example, given
from hypothesis import strategies as st
from sqlparse import tokens as kinds

from querybudget.analysis.fingerprint import fingerprint
from querybudget.records import StatementKind

VENDORS = ("sqlite", "postgresql", "mysql", "oracle", "unknown")

FRAGMENTS = r"""
' " ` [ ] ( ) { } . , ; : ? % $ # @ / * + - = < > | & ! ~ \ $$ $a$ /* */ /*! -- -1 %s %(n)s 1 2.5 .5 1e 0x1f
E' N' q'[ U&' :: := ->> ?| a B _x é IN VALUES ROW ARRAY[ CASE WHEN ELSE END SELECT FROM JOIN WITH AS UPDATE
USING TABLE SAVEPOINT TO RELEASE
""".split()  # noqa: SIM905 - a table of fragments reads better
soup = st.builds(
    str.join, st.sampled_from(["", " "]), st.lists(st.sampled_from([*FRAGMENTS, "\n", "\x1c"]), max_size=25)
)
vendors = st.sampled_from(VENDORS)


@given(text=st.text() | soup, vendor=vendors)
@example(text="IN (1, 1", vendor="sqlite")
@example(text="1.$", vendor="mysql")
@example(text="= - ARRAY[1]", vendor="postgresql")
@example(text="\u0390 \ud800", vendor="oracle")
def test_any_text_has_a_fingerprint_and_its_shape_has_the_same(text, vendor):
    seen = fingerprint(text, vendor=vendor)
    assert fingerprint(seen.shape, vendor=vendor) == seen
    assert re.fullmatch("[0-9a-f]{12}", seen.id)
    assert seen.tables == tuple(sorted(set(seen.tables)))


@given(text=soup, vendor=vendors)
def test_a_literal_leaves_nothing_of_itself(text, vendor):
    quoted = "'" + text.replace("\\", "").replace("'", "''") + "'"
    assert fingerprint(f"SELECT {quoted}, a", vendor=vendor).shape == "SELECT ?, A"


@given(text=st.text(min_size=1), vendor=st.sampled_from(["sqlite", "postgresql", "oracle"]))
def test_a_quoted_name_is_kept_letter_by_letter(text, vendor):
    quoted = '"' + text.replace('"', '""') + '"'
    seen = fingerprint(f"SELECT a FROM {quoted}", vendor=vendor)
    assert seen.shape == f"SELECT A FROM {quoted}"
    assert seen.tables == (text,)


# A small grammar. LITERAL, LIST and ROWS stand for what a fingerprint does not tell; all else it does.

LITERAL, LIST, ROWS = "<literal>", "<list>", "<rows>"
TABLES = ('"package"', '"Project"', '"a, 1"', "store", '"public"."store"')
COLUMNS = ('"id"', '"size"', '"Size"', "name", '"t"."id"', "t.name", "\"is 'x' or 1\"")

tables = st.sampled_from(TABLES)
columns = st.sampled_from(COLUMNS)
operands = columns | st.just(LITERAL)
predicates = st.one_of(
    st.builds("{} {} {}".format, columns, st.sampled_from(["=", "<", "<=", "<>", "LIKE"]), operands),
    st.builds("{} {} ( {} )".format, columns, st.sampled_from(["IN", "NOT IN"]), st.just(LIST)),
    st.builds("{} IN ( SELECT {} FROM {} )".format, columns, columns, tables),
    st.builds("{} IS {}".format, columns, st.sampled_from(["NULL", "NOT NULL", "TRUE", "FALSE"])),
    st.builds("{} BETWEEN {} AND {}".format, columns, operands, operands),
)
conditions = st.builds(
    str.join, st.sampled_from([" AND ", " OR "]), st.lists(predicates, min_size=1, max_size=3)
)
wheres = st.just("") | st.builds("WHERE {}".format, conditions)
joins = st.just("") | st.builds(
    "{} {} ON {} = {}".format, st.sampled_from(["INNER JOIN", "LEFT OUTER JOIN"]), tables, columns, columns
)
column_lists = st.builds(" , ".join, st.lists(columns, min_size=1, max_size=3))
pages = st.sampled_from(["", f"LIMIT {LITERAL}", f"LIMIT {LITERAL} OFFSET {LITERAL}"])
statements = st.one_of(
    st.builds("SELECT {} FROM {} {} {} {}".format, column_lists, tables, joins, wheres, pages),
    st.builds("SELECT {} FROM {} , {} AS t {}".format, column_lists, tables, tables, wheres),
    st.builds("INSERT INTO {} ( {} ) VALUES {}".format, tables, column_lists, st.just(ROWS)),
    st.builds("UPDATE {} SET {} = {} {}".format, tables, columns, operands, wheres),
    st.builds("DELETE FROM {} {}".format, tables, wheres),
)


@dataclass(frozen=True)
class Writer:
    """Writes a statement of the grammar in one of the many ways that mean the same shape."""

    draw: st.DrawFn

    def write(self, statement):
        words = re.findall(r'"[^"]*"|<\w+>|[\w.]+|[^\s\w"]+', statement)
        return "".join(self.word(word) + self.draw(gaps) for word in words)

    def word(self, word):
        if word == LITERAL:
            return self.draw(literals)
        if word == LIST:
            return ", ".join(self.draw(st.lists(literals, min_size=1, max_size=4)))
        if word == ROWS:
            rows = self.draw(st.lists(st.tuples(literals, literals), min_size=1, max_size=3))
            return ", ".join(f"({one}, {other})" for one, other in rows)
        return word if word.startswith('"') else self.draw(st.sampled_from([word.lower(), word.upper()]))


gaps = st.sampled_from([" ", " ", "  ", "\n\t", " /* a 'b */ ", ' -- "x\n'])
literals = st.sampled_from(["1", "42", "1.5", "'x'", "'it''s'", "''", "'-- \"'", "%s"])


@st.composite
def texts(draw, source=statements):
    """Return a statement and two ways to write it."""
    statement, writer = draw(source), Writer(draw)
    return statement, writer.write(statement), writer.write(statement)


def words_by_sqlparse(text):
    for token in sqlparse.parse(text)[0].flatten():
        if token.is_whitespace or token.ttype in kinds.Comment:
            continue
        if token.ttype in kinds.Literal.String.Symbol:
            yield token.value
        elif token.ttype in kinds.Literal or token.ttype in kinds.Name.Placeholder:
            yield "?"
        else:
            yield from token.value.upper().split()


def shape_by_sqlparse(text):
    shape = "\n".join(words_by_sqlparse(text))
    shape = re.sub(r"(?<=\nIN\n\(\n\?\n)(?:,\n\?\n)+", "", shape)
    return re.sub(r"(\n\(\n\?\n,\n\?\n\))(?:\n,\1)+", r"\1", shape)


def tables_by_sqlparse(text):
    """Take the names behind FROM, JOIN, INTO and UPDATE, and behind a comma of FROM."""
    words, found, in_from = [*words_by_sqlparse(text), ""], set(), False
    for position, word in enumerate(words):
        in_from = word == "FROM" or (in_from and word not in {"WHERE", ")"})
        if word in {"FROM", "JOIN", "INTO", "UPDATE"} or (word == "," and in_from):
            name = words[position + 3] if words[position + 2] == "." else words[position + 1]
            found.add(name.strip('"') if name.startswith('"') else name.lower())
    return tuple(sorted(found))


written = texts()
dialects = st.sampled_from(["sqlite", "postgresql", "oracle"])


@given(written, dialects)
def test_values_list_lengths_spacing_comments_and_case_do_not_matter(written, vendor):
    _, one, other = written
    assert fingerprint(one, vendor=vendor) == fingerprint(other, vendor=vendor)


@given(written, written, dialects)
def test_different_tables_columns_and_predicates_are_never_merged(first, second, vendor):
    same = first[0].split() == second[0].split()
    shapes = [fingerprint(text, vendor=vendor).shape for text in (first[1], second[1])]
    assert (shapes[0] == shapes[1]) is same


@given(statements, st.data(), dialects)
def test_one_name_or_operator_changed_changes_the_shape(statement, data, vendor):
    """The near miss that two independent statements seldom are."""
    changes = {
        '"id"': '"ids"',
        '"package"': '"packages"',
        "=": "<>",
        "AND": "OR",
        "NULL": "TRUE",
        "name": "size",
    }
    words = statement.split()
    places = [position for position, word in enumerate(words) if word in changes]
    if places:
        place = data.draw(st.sampled_from(places))
        changed = " ".join([*words[:place], changes[words[place]], *words[place + 1 :]])
        assert fingerprint(changed, vendor=vendor).shape != fingerprint(statement, vendor=vendor).shape


@given(written, written, st.sampled_from(["sqlite", "postgresql"]))
def test_two_statements_are_of_one_shape_exactly_if_sqlparse_finds_the_same_words(first, second, vendor):
    for one, other in ((first[1], first[2]), (first[1], second[1])):
        shapes = [fingerprint(text, vendor=vendor).shape for text in (one, other)]
        assert (shapes[0] == shapes[1]) is (shape_by_sqlparse(one) == shape_by_sqlparse(other))


@given(written, st.sampled_from(["sqlite", "postgresql"]))
def test_tables_are_those_found_by_way_of_sqlparse(written, vendor):
    _, text, _ = written
    assert fingerprint(text, vendor=vendor).tables == tables_by_sqlparse(text)


@given(written, vendors)
def test_the_kind_follows_from_the_verb(written, vendor):
    statement, text, _ = written
    expected = StatementKind.READ if statement.startswith("SELECT") else StatementKind.WRITE
    assert fingerprint(text, vendor=vendor).kind is expected


UNCLOSED = [
    ("sqlite", "("),
    ("sqlite", "'"),
    ("sqlite", "[a"),
    ("sqlite", '"a".'),
    ("postgresql", "/*"),
    ("postgresql", "/**/"),
    ("postgresql", "$a$ $b$"),
    ("postgresql", "$a"),
    ("postgresql", "IN (1,"),
    ("mysql", "\\'"),
    ("mysql", "_a "),
    ("oracle", "q'["),
    ("unknown", "%("),
    ("unknown", "1e"),
]
REPEATED = [
    "- ",
    "a . ",
    "IN (",
    "ARRAY[",
    "CASE WHEN ",
    "VALUES (1),",
    "SELECT 1 FROM (",
    "WITH a AS (",
    "ONLY ",
]


@pytest.mark.parametrize(("vendor", "unit"), UNCLOSED)
def test_a_megabyte_of_anything_has_a_fingerprint(vendor, unit):
    """It would not end if a text twice as long took four times as long."""
    text = unit * (1_000_000 // len(unit))
    assert fingerprint(text, vendor=vendor).id


def n_calls(text, vendor):
    count = 0

    def called(frame, event, arg):
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        fingerprint(text, vendor=vendor)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(("vendor", "unit"), UNCLOSED + [("postgresql", unit) for unit in REPEATED])
def test_twice_the_text_takes_at_most_twice_the_steps(vendor, unit):
    assert n_calls(unit * 2000, vendor) <= 2 * n_calls(unit * 1000, vendor) + 10


@pytest.mark.parametrize("nested", ["({})", "IN ({})", "IN (1, {}, 1)", "ARRAY[{}]", "CASE WHEN {} END"])
def test_depth_of_nesting_costs_no_more_than_length(nested):
    """No recursion, and lists are not compared again at every level around them."""
    before, after = nested.split("{}")
    deep = before * 100_000 + "1" + after * 100_000
    assert fingerprint(deep, vendor="postgresql").kind is StatementKind.OTHER
