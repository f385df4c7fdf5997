-- One row for each provider call, never changed and never removed: it outlives conversations and users, so it refers
-- to both without foreign keys. Money is in nano-dollars.
CREATE TABLE ledger (
    id                  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id             TEXT COLLATE "C" NOT NULL,
    conversation_id     TEXT COLLATE "C",
    turn_id             TEXT COLLATE "C" NOT NULL,
    provider            TEXT    NOT NULL,
    model               TEXT    NOT NULL,
    input_tokens        BIGINT NOT NULL,
    output_tokens       BIGINT NOT NULL,
    cache_read_tokens   BIGINT NOT NULL,
    cache_write_tokens  BIGINT NOT NULL,
    cache_write_long_tokens BIGINT NOT NULL,
    reasoning_tokens    BIGINT NOT NULL,
    estimated           BIGINT NOT NULL,
    cost_nanos          BIGINT,
    saved_nanos         BIGINT,
    outcome             TEXT    NOT NULL,
    started_at          BIGINT NOT NULL,
    first_token_ms      BIGINT,
    total_ms            BIGINT NOT NULL,
    upstream_request_id TEXT
);

CREATE INDEX ledger_by_user ON ledger (user_id, started_at);
