"""The schema of a data file and what tells it from any other SQLite file."""

from __future__ import annotations

SCHEMA_VERSION = 1
"""In `PRAGMA user_version`; a reader takes its own version only."""

APPLICATION_ID = 0x51424447
"""`QBDG`, in `PRAGMA application_id`."""

DIRECTORY = ".querybudget"

TABLES = """
CREATE TABLE run (
    run_id TEXT NOT NULL,
    started_at TEXT NOT NULL
);
CREATE TABLE test (
    id INTEGER PRIMARY KEY,
    node_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    UNIQUE (node_id, attempt)
);
CREATE VIEW last_attempt AS -- a rerun replaces what came before
    SELECT * FROM test
    WHERE attempt = (SELECT MAX(attempt) FROM test AS other WHERE other.node_id = test.node_id);
CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    test_id INTEGER NOT NULL REFERENCES test,
    action TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER,
    items INTEGER,
    queries INTEGER NOT NULL,
    reads INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    n_plus_one INTEGER NOT NULL,
    shapes INTEGER NOT NULL
);
CREATE TABLE statement (
    id TEXT PRIMARY KEY,
    shape TEXT NOT NULL,
    kind TEXT NOT NULL,
    tables TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE query_group (
    request_id INTEGER NOT NULL REFERENCES request,
    statement_id TEXT NOT NULL REFERENCES statement,
    count INTEGER NOT NULL,
    n_parameter_sets INTEGER NOT NULL,
    duration_ns INTEGER NOT NULL,
    origin TEXT NOT NULL,
    relation TEXT,
    field TEXT NOT NULL,
    path TEXT,
    line INTEGER,
    function TEXT
);
CREATE TABLE finding (
    request_id INTEGER NOT NULL REFERENCES request,
    code TEXT NOT NULL,
    title TEXT NOT NULL,
    proof TEXT NOT NULL,
    count INTEGER NOT NULL,
    what TEXT NOT NULL,
    statement TEXT NOT NULL,
    relation TEXT,
    field TEXT NOT NULL,
    path TEXT,
    line INTEGER,
    function TEXT,
    source TEXT,
    fix_edit TEXT,
    fix_queryset TEXT,
    fix_path TEXT,
    fix_line INTEGER,
    fix_function TEXT
);
CREATE TABLE verdict (
    test_id INTEGER NOT NULL REFERENCES test,
    subject TEXT NOT NULL,
    measure TEXT NOT NULL,
    key TEXT NOT NULL,
    lower INTEGER NOT NULL,
    upper INTEGER NOT NULL,
    observed INTEGER NOT NULL,
    status TEXT NOT NULL,
    declared_path TEXT,
    declared_line INTEGER,
    reason TEXT
);
"""
