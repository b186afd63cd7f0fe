-- +goose Up

-- Look-ups, pages, caps and sums whose cost does not depend on the number of
-- rows. Every query repeats the WHERE of the index it uses.
DROP INDEX calls_caller;
DROP INDEX calls_created;
DROP INDEX calls_upstream;
CREATE INDEX calls_list ON calls (caller, created_at, id) WHERE task;
CREATE INDEX calls_kind ON calls (caller, kind, status, created_at, id) WHERE task;
CREATE INDEX calls_model ON calls (caller, model, kind, status, created_at, id) WHERE task;
CREATE INDEX calls_same ON calls (caller, args_hash, created_at) WHERE task;
-- An id of the service may be longer than an index of PostgreSQL takes.
CREATE INDEX calls_upstream ON calls (substr(upstream_id, 1, 200), model, caller) WHERE upstream_id <> '';
CREATE INDEX files_list ON files (caller, created_at, id) WHERE id <> '';

-- What the calls of a UTC day (days since 1970) come to.
CREATE TABLE day_sums (
    caller        TEXT NOT NULL,
    day           BIGINT NOT NULL,
    model         TEXT NOT NULL,
    tool          TEXT NOT NULL,
    calls         BIGINT NOT NULL,
    succeeded     BIGINT NOT NULL,
    unpriced      BIGINT NOT NULL,
    input_tokens  BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    seconds       DOUBLE PRECISION NOT NULL,
    images        BIGINT NOT NULL,
    usd           DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (caller, day, model, tool)
);
INSERT INTO day_sums
SELECT caller, created_at / 86400000000, model, tool, COUNT(*),
    SUM(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END),
    SUM(CASE WHEN status = 'succeeded' AND usd IS NULL THEN 1 ELSE 0 END),
    SUM(input_tokens), SUM(output_tokens), SUM(seconds), SUM(images), COALESCE(SUM(usd), 0)
FROM calls GROUP BY caller, created_at / 86400000000, model, tool;

-- What is spent or reserved of a day's caps. The empty caller is all of them.
CREATE TABLE reserved (
    day    BIGINT NOT NULL,
    caller TEXT NOT NULL,
    usd    DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (day, caller)
);
INSERT INTO reserved SELECT day, caller, SUM(usd) FROM day_sums WHERE caller <> '' GROUP BY day, caller;
INSERT INTO reserved SELECT day, '', SUM(usd) FROM day_sums GROUP BY day;

-- Whole answers, kept for their idempotency keys for a day.
CREATE TABLE answers (
    call_id TEXT PRIMARY KEY,
    body    BYTEA NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX answers_ends ON answers (ends_at);
INSERT INTO answers SELECT id, result, result_until FROM calls WHERE result IS NOT NULL;
ALTER TABLE calls DROP COLUMN result;

-- Single-use and revocable tokens: confirmations, uploads, sign-in, protocol
-- tasks. ends_at 0 is for ever.
CREATE TABLE tokens (
    id      TEXT PRIMARY KEY,
    kind    TEXT NOT NULL,
    caller  TEXT NOT NULL,
    bound   TEXT NOT NULL,
    doc     BYTEA,
    version BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX tokens_caller ON tokens (caller, kind, ends_at, id);
CREATE INDEX tokens_bound ON tokens (bound, kind) WHERE bound <> '';
CREATE INDEX tokens_ends ON tokens (ends_at) WHERE ends_at > 0;
DROP TABLE confirmations;

-- How far the clean-up has come.
CREATE TABLE marks (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Older programs would not keep the sums.
UPDATE ledger_compat SET min_version = 2;
