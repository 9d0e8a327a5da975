"""`querybudget combine` and `querybudget explain`."""

from __future__ import annotations

import stat

import pytest

from querybudget.analysis.findings import CODES
from querybudget.cli.explain import entries_of, messages
from querybudget.cli.main import main
from querybudget.results import Unended
from querybudget.storage import state
from querybudget.storage.files import files_at, files_of_run
from querybudget.storage.read import read_latest
from tests.builders import request
from tests.storage.test_combine import shard
from tests.storage.test_datafile import record


@pytest.fixture
def shards(tmp_path):
    """Two projects' runs, with one test in both."""
    for number in (1, 2):
        with shard(tmp_path / f"shard{number}", minute=number) as file:
            file.write(record(request(queries=number), node_id="both"))
            file.write(record(request(queries=9), node_id=f"only {number}"))
    return [str(tmp_path / f"shard{number}") for number in (1, 2)]


def test_shards_become_the_latest_run_of_a_project(capsys, tmp_path, shards):
    assert main(["combine", *shards, "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Combined 2 files: 3 tests, 3 requests, 20 queries.",
        "1 test stood in several runs; the latest in which it ended counts.",
    ]
    assert read_latest(tmp_path).n_queries == 20
    (path,) = files_of_run(tmp_path / ".querybudget")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(path.parent.glob("*.part"))


def test_a_combined_run_can_be_combined_again(tmp_path, shards):
    main(["combine", *shards, "--root", str(tmp_path)])
    main(["combine", str(tmp_path), shards[0], "--root", str(tmp_path)])
    assert read_latest(tmp_path).n_queries == 20


def test_the_parts_stay_as_they_are(tmp_path, shards):
    before = [path.read_bytes() for each in shards for path in files_at(tmp_path / each)]
    main(["combine", *shards, "--root", str(tmp_path)])
    assert [path.read_bytes() for each in shards for path in files_at(tmp_path / each)] == before


@pytest.fixture
def merged(tmp_path):
    """One directory with the runs of three shards, as a download of all of them makes it."""
    for number in range(3):
        with shard(tmp_path / "merged", minute=number) as file:
            file.write(record(request(queries=number), node_id=f"only {number}"))
    return tmp_path / "merged"


@pytest.mark.parametrize("at", ["merged", "merged/.querybudget"])
def test_runs_that_are_left_out_are_told(capsys, tmp_path, merged, at):
    assert main(["combine", str(tmp_path / at), "--root", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert told.out == "Combined 1 file: 1 test, 1 request, 2 queries.\n"
    assert told.err == (
        f"querybudget: {merged / '.querybudget'}: 2 earlier runs left out: 20260301T120100-0badcafe,"
        " 20260301T120000-0badcafe. Take them too with --all-runs, or name their files.\n"
    )


@pytest.mark.parametrize("at", ["merged", "merged/.querybudget"])
def test_all_runs_of_a_directory_are_taken_on_request(capsys, tmp_path, merged, at):
    assert main(["combine", "--all-runs", str(tmp_path / at), "--root", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert told.out == "Combined 3 files: 3 tests, 3 requests, 3 queries.\n"
    assert not told.err


def test_files_named_one_by_one_leave_nothing_out(capsys, tmp_path, merged):
    files = [str(path) for path in (merged / ".querybudget").glob("*.sqlite3")]
    assert main(["combine", "--all-runs", *files, "--root", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("Combined 3 files: 3 tests")
    assert main(["combine", *files, "--root", str(tmp_path)]) == 0
    assert not capsys.readouterr().err


def test_what_the_parts_lack_is_told(capsys, tmp_path, process, killed):
    file = process(1)
    file.write(record(request()))
    file.begin("a", 1)
    main(["combine", str(killed(file)), "--root", str(tmp_path)])
    assert "Missing: 1 test has not ended: the process is still at work or was" in capsys.readouterr().out


def test_a_part_without_its_log_is_told(capsys, tmp_path, process, killed):
    file = process(1)
    file.write(record(request()))
    main(["combine", str(killed(file, log=False)), "--root", str(tmp_path)])
    told = capsys.readouterr().out
    assert "Missing: what was recorded last, in logs that should stand beside their data files: 2026" in told
    assert main(["check", "--root", str(tmp_path)]) == 2


def test_how_a_test_ended_that_ran_while_it_was_combined_is_not_known(tmp_path, process, monkeypatch):
    file = process(1)
    file.begin("a", 1)
    monkeypatch.setattr(state, "is_alive", lambda known: True if known.machine else None)
    (tmp_path / "there").mkdir()
    main(["combine", str(tmp_path), "--root", str(tmp_path / "there")])
    assert [each.why for each in read_latest(tmp_path).unfinished] == [Unended.RUNNING]
    assert [each.why for each in read_latest(tmp_path / "there").unfinished] == [Unended.UNKNOWN]


def test_a_part_is_not_dropped_as_an_old_run(tmp_path):
    for number in range(6):
        with shard(tmp_path, minute=number) as file:
            file.write(record(request(queries=number), node_id=f"only {number}"))
    (oldest, *_) = sorted((tmp_path / ".querybudget").glob("*.sqlite3"))
    assert main(["combine", str(oldest), "--root", str(tmp_path)]) == 0
    assert oldest.exists()


def test_a_part_damaged_inside_is_told_and_leaves_nothing_behind(capsys, tmp_path, shards):
    (path,) = files_at(tmp_path / "shard1")
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 8192)
    assert main(["combine", *shards, "--root", str(tmp_path)]) == 2
    assert f"{path.name} is damaged" in capsys.readouterr().err
    assert not list(tmp_path.glob(".querybudget/*.sqlite3*"))


def test_nobody_is_told_to_delete_a_file_of_their_own(capsys, tmp_path):
    (tmp_path / "settings.py").write_text("DEBUG = True\n" * 200, "utf-8")
    assert main(["combine", str(tmp_path / "settings.py"), "--root", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "Expected a data file of a run" in told
    assert "Delete" not in told


@pytest.mark.parametrize("wrong", ["nowhere", "shard1/notes.txt"])
def test_a_part_that_cannot_be_read_leaves_nothing_behind(capsys, tmp_path, shards, wrong):
    (tmp_path / "shard1" / "notes.txt").write_text("mine", "utf-8")
    assert main(["combine", *shards, str(tmp_path / wrong), "--root", str(tmp_path)]) == 2
    assert wrong in capsys.readouterr().err
    assert not list((tmp_path).glob(".querybudget/*.sqlite3*"))
    assert not list((tmp_path).glob(".querybudget/*.part"))


def test_a_place_that_cannot_be_written_is_told(capsys, tmp_path, shards):
    (tmp_path / ".querybudget").write_text("a file stands here", "utf-8")
    assert main(["combine", *shards, "--root", str(tmp_path)]) == 2
    assert "The combined run cannot be written to" in capsys.readouterr().err


@pytest.mark.parametrize("code", [*CODES, "qb101", "QB904"])
def test_a_code_is_explained_as_in_the_documentation(capsys, code):
    assert main(["explain", code]) == 0
    assert capsys.readouterr().out.startswith(f"### {code.upper()} – ")


def test_an_entry_ends_where_the_next_or_the_next_chapter_begins():
    entries = entries_of(
        "# M\n\n## F\n\n### QB101 – one\n\na\n\n### QB102 – two\n\nb\n\n## Errors\n\n### QB901 – e\n\nc\n"
    )
    assert entries == {
        "QB101": "### QB101 – one\n\na\n",
        "QB102": "### QB102 – two\n\nb\n",
        "QB901": "### QB901 – e\n\nc\n",
    }


def test_an_unknown_code_is_told_with_the_nearest(capsys):
    assert main(["explain", "QB111"]) == 2
    assert "There is no code 'QB111'. Did you mean 'QB101'? Known: QB101, QB102" in capsys.readouterr().err


def test_the_documentation_is_there_to_be_read():
    assert "### QB101" in messages()
