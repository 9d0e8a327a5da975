"""The schema of a data file and what tells it from any other SQLite file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

SCHEMA_VERSION = 7
"""In `PRAGMA user_version`. Of another version is told by name: each run makes its data anew."""

APPLICATION_ID = 0x51424447
"""`QBDG`, in `PRAGMA application_id`."""

DIRECTORY = ".querybudget"

RUNNING = "running"
"""The outcome of a test that has begun to make requests and has not ended: for ever, if its process died."""

TABLES = """
CREATE TABLE run (
    run_id TEXT NOT NULL,
    started_at TEXT NOT NULL,
    UNIQUE (run_id)
);
CREATE TABLE process ( -- that wrote a part of a run
    run_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    machine TEXT NOT NULL, -- a digest of where its number means something; empty where that cannot be told
    began TEXT NOT NULL, -- as the machine counts: tells it from a later process of the same number
    is_closed INTEGER NOT NULL, -- it let go of its file by itself
    lacks_log INTEGER NOT NULL, -- its file was read without the write-ahead log that belongs to it
    UNIQUE (run_id, pid)
);
CREATE TABLE ending ( -- written once a run, when it ends by itself
    run_id TEXT NOT NULL,
    n_expected INTEGER NOT NULL, -- tests there are, as far as nothing on the command line narrows them
    is_narrowed INTEGER NOT NULL,
    UNIQUE (run_id)
);
CREATE TABLE ran ( -- every test that began, those without requests too
    node_id TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE known_action ( -- of the URLconf
    action TEXT NOT NULL,
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    PRIMARY KEY (action, method, route)
) WITHOUT ROWID;
CREATE TABLE known_name ( -- tables of the models, aliases of the databases
    measure TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (measure, name)
) WITHOUT ROWID;
CREATE TABLE test (
    id INTEGER PRIMARY KEY,
    node_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    pid INTEGER NOT NULL, -- each process of a run counts attempts for itself
    attempt INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    noted_ns INTEGER NOT NULL, -- when it ended, else when it began, by a clock all processes of a run share
    UNIQUE (node_id, run_id, pid, attempt)
);
CREATE VIEW last_attempt AS -- of each test the last attempt that ended: of the latest run, there the last
    SELECT * FROM test
    WHERE id IN (
        SELECT id FROM (
            SELECT id, ROW_NUMBER() OVER (
                PARTITION BY node_id ORDER BY run_id DESC, noted_ns DESC, attempt DESC
            ) AS number
            FROM test WHERE outcome <> 'running'
        )
        WHERE number = 1
    );
CREATE VIEW unfinished AS -- began after all that ended of the same test, and has not ended
    SELECT * FROM test
    WHERE outcome = 'running' AND NOT EXISTS (
        SELECT 1 FROM test AS other
        WHERE other.node_id = test.node_id AND other.outcome <> 'running'
            AND (other.run_id, other.noted_ns, other.attempt) > (test.run_id, test.noted_ns, test.attempt)
    );
CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    test_id INTEGER NOT NULL REFERENCES test,
    number INTEGER NOT NULL, -- from 1, in the order of the test
    action TEXT NOT NULL,
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER,
    items INTEGER,
    queries INTEGER NOT NULL,
    reads INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    n_plus_one INTEGER NOT NULL,
    shapes INTEGER NOT NULL,
    duration_ns INTEGER NOT NULL, -- of its queries
    counts TEXT NOT NULL, -- JSON: tables, databases, phases, each name → queries
    doubts TEXT NOT NULL, -- JSON list
    n_phaseless INTEGER NOT NULL,
    n_stray INTEGER NOT NULL
);
CREATE INDEX request_action ON request (action, queries);
CREATE TABLE statement (
    id TEXT PRIMARY KEY,
    shape TEXT NOT NULL,
    kind TEXT NOT NULL,
    tables TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE execution ( -- queries of one request that are alike in everything below
    request_id INTEGER NOT NULL REFERENCES request,
    statement_id TEXT NOT NULL REFERENCES statement,
    count INTEGER NOT NULL,
    n_parameter_sets INTEGER NOT NULL,
    duration_ns INTEGER NOT NULL,
    is_counted INTEGER NOT NULL, -- by budgets: no transaction control, cache fill or ignored table
    alias TEXT NOT NULL,
    phase TEXT NOT NULL,
    origin TEXT NOT NULL,
    relation TEXT,
    field TEXT NOT NULL,
    path TEXT,
    line INTEGER,
    function TEXT
);
CREATE INDEX execution_request ON execution (request_id);
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
    fix_function TEXT,
    fix_alternative TEXT NOT NULL,
    fix_model TEXT NOT NULL, -- whose queryset it edits; empty where it edits none
    accepted TEXT NOT NULL
);
CREATE INDEX finding_request ON finding (request_id);
CREATE TABLE suppression ( -- a comment whose function asked in this request, or an `allow` that means it
    request_id INTEGER NOT NULL REFERENCES request,
    told TEXT NOT NULL, -- as it is written, and where
    is_met INTEGER NOT NULL
);
CREATE TABLE replay ( -- what was tried by making a request of a test again
    test_id INTEGER NOT NULL REFERENCES test,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    told TEXT NOT NULL,
    weight INTEGER NOT NULL -- queries of the request as it is
);
CREATE TABLE declaration (
    id TEXT PRIMARY KEY, -- a digest of the rest
    body TEXT NOT NULL -- JSON
) WITHOUT ROWID;
CREATE TABLE test_declaration ( -- what is declared on a test, its class or module
    test_id INTEGER NOT NULL REFERENCES test,
    declaration_id TEXT NOT NULL REFERENCES declaration,
    is_met INTEGER NOT NULL,
    PRIMARY KEY (test_id, declaration_id)
) WITHOUT ROWID;
CREATE TABLE request_declaration ( -- what is written in code and means a request
    request_id INTEGER NOT NULL REFERENCES request,
    declaration_id TEXT NOT NULL REFERENCES declaration,
    PRIMARY KEY (request_id, declaration_id)
) WITHOUT ROWID;
CREATE TABLE complaint ( -- what failed a test beside its verdicts
    test_id INTEGER NOT NULL REFERENCES test,
    message TEXT NOT NULL,
    is_doubt INTEGER NOT NULL
);
CREATE TABLE verdict (
    test_id INTEGER NOT NULL REFERENCES test,
    request_id INTEGER REFERENCES request, -- null for a block
    subject TEXT NOT NULL,
    declaration_id TEXT NOT NULL REFERENCES declaration,
    measure TEXT NOT NULL,
    key TEXT NOT NULL,
    lower INTEGER NOT NULL,
    upper INTEGER NOT NULL,
    observed INTEGER NOT NULL,
    status TEXT NOT NULL,
    doubt TEXT NOT NULL,
    is_accepted INTEGER NOT NULL -- the test passed all the same (a block inside pytest.raises), or is xfail
);
CREATE VIEW unkept AS
    SELECT verdict.*, node_id FROM verdict JOIN last_attempt ON last_attempt.id = test_id
    WHERE status <> 'within' AND NOT is_accepted;
"""


def create(connection: sqlite3.Connection) -> None:
    """Make an empty database a data file."""
    connection.executescript(
        f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; {TABLES}"
    )
