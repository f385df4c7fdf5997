-- One row for each tool call that was made, never changed: like the ledger of provider calls it outlives conversations and
-- users. `result_tokens` is an estimate.
CREATE TABLE tool_uses (
    turn_id         TEXT COLLATE "C" NOT NULL,
    call            TEXT COLLATE "C" NOT NULL,
    user_id         TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C",
    token_id        TEXT COLLATE "C",
    server          TEXT COLLATE "C" NOT NULL,
    tool            TEXT COLLATE "C" NOT NULL,
    outcome         TEXT    NOT NULL,
    result_tokens   BIGINT NOT NULL,
    duration_ms     BIGINT NOT NULL,
    ended_at        BIGINT NOT NULL,
    PRIMARY KEY (turn_id, call)
);

CREATE INDEX tool_uses_by_user ON tool_uses (user_id, ended_at);
