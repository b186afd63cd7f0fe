-- +goose Up

-- The same text runs on SQLite and PostgreSQL. Moments are microseconds since
-- 1970 UTC, 0 for none. A later migration only adds; one that must break older
-- programs raises min_version, and those then refuse to open the ledger.
CREATE TABLE ledger_compat (min_version BIGINT NOT NULL);
INSERT INTO ledger_compat (min_version) VALUES (1);

CREATE TABLE calls (
    id               TEXT PRIMARY KEY,
    caller           TEXT NOT NULL,
    model            TEXT NOT NULL,
    args_hash        TEXT NOT NULL,
    idem_key         TEXT NOT NULL DEFAULT '',
    created_at       BIGINT NOT NULL,
    tool             TEXT NOT NULL DEFAULT '',
    task             BOOLEAN NOT NULL DEFAULT FALSE,
    kind             TEXT NOT NULL DEFAULT '',
    operation        TEXT NOT NULL DEFAULT '',
    prompt_hash      TEXT NOT NULL DEFAULT '',
    prompt_head      TEXT NOT NULL DEFAULT '',
    upstream_id      TEXT NOT NULL DEFAULT '',
    status           TEXT NOT NULL,
    updated_at       BIGINT NOT NULL,
    submitted_at     BIGINT NOT NULL DEFAULT 0,
    ended_at         BIGINT NOT NULL DEFAULT 0,
    input_tokens     BIGINT NOT NULL DEFAULT 0,
    output_tokens    BIGINT NOT NULL DEFAULT 0,
    reasoning_tokens BIGINT NOT NULL DEFAULT 0,
    cached_tokens    BIGINT NOT NULL DEFAULT 0,
    seconds          DOUBLE PRECISION NOT NULL DEFAULT 0,
    images           BIGINT NOT NULL DEFAULT 0,
    usd              DOUBLE PRECISION,
    writer           TEXT NOT NULL DEFAULT '',
    result           BYTEA,
    result_until     BIGINT NOT NULL DEFAULT 0,
    -- What no query looks into: outputs, failure, progress, warnings. A fact
    -- that must survive a change made by an older program needs a column.
    doc              TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX calls_key ON calls (caller, idem_key) WHERE idem_key <> '';
CREATE INDEX calls_caller ON calls (caller, created_at, id, usd);
CREATE INDEX calls_created ON calls (created_at, id, usd);
CREATE INDEX calls_upstream ON calls (upstream_id, model) WHERE upstream_id <> '';
CREATE INDEX calls_intent ON calls (writer) WHERE status = 'intent';

CREATE TABLE confirmations (
    token   TEXT PRIMARY KEY,
    what    TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);

-- A row without an id reserves its key for an upload that is under way.
CREATE TABLE files (
    caller     TEXT NOT NULL,
    id         TEXT NOT NULL,
    idem_key   TEXT NOT NULL DEFAULT '',
    args_hash  TEXT NOT NULL DEFAULT '',
    doc        BYTEA,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX files_id ON files (caller, id) WHERE id <> '';
CREATE UNIQUE INDEX files_key ON files (caller, idem_key) WHERE idem_key <> '';

-- The living replicas, by the clock of the database. SQLite leaves it empty:
-- there a lock on a file says who lives.
CREATE TABLE leases (
    writer  TEXT PRIMARY KEY,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL
);
