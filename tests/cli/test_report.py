"""`querybudget report`: which actions, in which order, in which form, to where."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import jsonschema
import pytest

from querybudget.cli.main import main

SCHEMA = json.loads(Path(__file__).parents[2].joinpath("docs/report.schema.json").read_text("utf-8"))


def strict(schema):
    """Refuse what the schema does not name: readers must not, since keys may be added to a version."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema and "type" in schema else {}
    return {**closed, **{name: strict(value) for name, value in schema.items()}}


def run(capsys, project, *arguments):
    code = main(["report", "--root", str(project), *arguments])
    return code, *capsys.readouterr()


def actions(capsys, project, *arguments):
    _, out, _ = run(capsys, project, "--format", "json", *arguments)
    return [each["name"] for each in json.loads(out)["actions"]]


ALL = ["app.views.PackageViewSet.list", "PackageViewSet.retrieve", "shop.views.PackageViewSet.list"]


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ((), ALL),
        (("PackageViewSet.list",), [ALL[0], ALL[2]]),
        (("app.*",), ALL[:2]),
        (("GET /packages/",), ALL[:1]),
        (("PackageViewSet.retrieve", "shop.*"), ALL[1:]),
    ],
)
def test_patterns_choose_actions(capsys, project, pattern, shown):
    assert actions(capsys, project, *pattern) == shown


@pytest.mark.parametrize(
    ("sort", "first"),
    [("worst", ALL[0]), ("writes", ALL[1]), ("requests", ALL[2]), ("action", ALL[0]), ("budget", ALL[0])],
)
def test_what_comes_first_is_chosen(capsys, project, sort, first):
    assert actions(capsys, project, "--sort", sort)[0] == first


def test_an_action_that_was_not_recorded_is_told_with_the_nearest(capsys, project):
    code, out, err = run(capsys, project, "PackageViewSet.lst")
    assert (code, out) == (2, "")
    assert "No recorded action is called 'PackageViewSet.lst'. Did you mean" in err


def test_the_text_shows_which_limit_judged_and_where_each_action_stands(capsys, project):
    _, out, _ = run(capsys, project)
    lines = out.splitlines()
    assert "view: queries 4 of 9   app/views.py:3" in [line.strip() for line in lines]
    assert lines[1].split()[:6] == ["app.views.PackageViewSet.list", "1", "1", "4–4–4", "9", "4"]


def test_the_json_keeps_to_its_schema(capsys, project):
    _, out, _ = run(capsys, project, "--format", "json")
    document = json.loads(out)
    jsonschema.validate(document, strict(SCHEMA))
    assert (document["format"], document["version"]) == ("querybudget-report", 1)
    assert document["run"]["is_complete"] is True


def test_every_key_of_the_json_is_described():
    """A key without a word in the schema is one nobody can rely on."""

    def keys(node):
        for name, value in node.get("properties", {}).items():
            yield name, value
            yield from keys(value)
        for each in node.get("$defs", {}).values():
            yield from keys(each)

    assert not [name for name, value in keys(SCHEMA) if not value.get("description")]


def test_each_request_is_told_when_asked_for(capsys, project):
    """By test and number, so that a program can tell how counts depend on the data; the schema knows them."""
    _, out, _ = run(capsys, project, "--format", "json", "--requests", "shop.*")
    document = json.loads(out)
    jsonschema.validate(document, strict(SCHEMA))
    seen = [
        (each["test"], each["number"], each["method"], each["status"], each["items"], each["queries"])
        for each in document["actions"][0]["requests"]
    ]
    test = "tests/test_b.py::test_two"
    assert seen == [(test, 1, "GET", 200, None, 1), (test, 2, "GET", 404, None, 0)]


def test_requests_are_not_told_unasked(capsys, project):
    """There are thousands of them."""
    _, out, _ = run(capsys, project, "--format", "json")
    assert all("requests" not in each for each in json.loads(out)["actions"])


def test_requests_are_for_programs(capsys, project):
    code, out, err = run(capsys, project, "--requests")
    assert (code, out) == (2, "")
    assert "--requests has no place in --format text. Expected --format json beside it" in err


def test_a_file_is_written_whole_and_for_its_owner(capsys, project):
    target = project / "report.json"
    assert run(capsys, project, "--format", "json", "-o", str(target)) == (0, "", "")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert json.loads(target.read_text("utf-8"))["version"] == 1
    assert {path.name for path in project.iterdir()} == {".querybudget", "report.json"}


def test_a_file_that_cannot_be_written_is_told(capsys, project):
    code, _, err = run(capsys, project, "-o", str(project / "nowhere" / "report.txt"))
    assert code == 2
    assert "report.txt cannot be written: there is no directory " in err


def test_a_pipe_is_written_to_and_stays_one(capsys, project):
    """So do devices: `-o /dev/null` must put no file in its place."""
    pipe = project / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        assert run(capsys, project, "-o", str(pipe)) == (0, "", "")
        assert b"PackageViewSet.list" in os.read(reader, 65536)
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_text_in_a_file_is_plain_and_complete(capsys, project, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    target = project / "report.txt"
    run(capsys, project, "-o", str(target))
    text = target.read_text("utf-8")
    assert "\x1b" not in text
    assert all(name in text for name in ALL)


def test_a_directory_that_is_none_is_told(capsys, project):
    (project / "file").write_text("mine", "utf-8")
    code, _, err = run(capsys, project, "-o", str(project / "file" / "report.txt"))
    assert code == 2
    assert "is no directory. Expected -o DIRECTORY/report.txt." in err
