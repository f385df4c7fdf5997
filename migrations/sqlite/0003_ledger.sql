-- One row for each provider call, never changed and never removed: it outlives conversations and users, so it refers
-- to both without foreign keys. Money is in nano-dollars.
CREATE TABLE ledger (
    id                  INTEGER PRIMARY KEY,
    user_id             TEXT    NOT NULL,
    conversation_id     TEXT,
    turn_id             TEXT    NOT NULL,
    provider            TEXT    NOT NULL,
    model               TEXT    NOT NULL,
    input_tokens        INTEGER NOT NULL,
    output_tokens       INTEGER NOT NULL,
    cache_read_tokens   INTEGER NOT NULL,
    cache_write_tokens  INTEGER NOT NULL,
    cache_write_long_tokens INTEGER NOT NULL,
    reasoning_tokens    INTEGER NOT NULL,
    estimated           INTEGER NOT NULL,
    cost_nanos          INTEGER,
    saved_nanos         INTEGER,
    outcome             TEXT    NOT NULL,
    started_at          INTEGER NOT NULL,
    first_token_ms      INTEGER,
    total_ms            INTEGER NOT NULL,
    upstream_request_id TEXT
) STRICT;

CREATE INDEX ledger_by_user ON ledger (user_id, started_at);
