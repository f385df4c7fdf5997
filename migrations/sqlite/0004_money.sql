-- What the ledger also notes of a call: with which API token, whose key, whether it stood in for a model that had
-- failed, and at which prices (JSON; NULL: unknown) it was billed.
ALTER TABLE ledger ADD COLUMN token_id TEXT;
ALTER TABLE ledger ADD COLUMN own_key  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN failover INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN price    TEXT;

-- Reports over everybody.
CREATE INDEX ledger_by_time ON ledger (started_at);

-- A daily limit of the user's own, in tokens; NULL: the one of their role.
ALTER TABLE users ADD COLUMN daily_token_limit INTEGER;

-- The users' own keys for providers. `sealed` is nonce and ciphertext in base64.
CREATE TABLE provider_keys (
    owner_id   TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider   TEXT    NOT NULL,
    ends_in    TEXT    NOT NULL,
    sealed     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner_id, provider)
) STRICT, WITHOUT ROWID;

-- What may be told of a message's pictures without reading them: a JSON list, or NULL.
ALTER TABLE messages ADD COLUMN images TEXT;

-- The pictures themselves: `media_type` and base64 `data`, or an address elsewhere.
CREATE TABLE message_images (
    message_id TEXT    NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    media_type TEXT,
    data       TEXT,
    url        TEXT,
    PRIMARY KEY (message_id, position)
) STRICT;
