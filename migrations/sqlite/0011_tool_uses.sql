-- One row for each tool call that was made, never changed: like the ledger of provider calls it outlives conversations and
-- users. `result_tokens` is an estimate.
CREATE TABLE tool_uses (
    turn_id         TEXT    NOT NULL,
    call            TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    conversation_id TEXT   ,
    token_id        TEXT   ,
    server          TEXT    NOT NULL,
    tool            TEXT    NOT NULL,
    outcome         TEXT    NOT NULL,
    result_tokens   INTEGER NOT NULL,
    duration_ms     INTEGER NOT NULL,
    ended_at        INTEGER NOT NULL,
    PRIMARY KEY (turn_id, call)
) STRICT;

CREATE INDEX tool_uses_by_user ON tool_uses (user_id, ended_at);
