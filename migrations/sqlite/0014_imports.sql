-- Where imported conversations come from: the same one is stored once.

-- `source` is the app's word, `source_id` what the conversation is called there. `messages` is how many it had there, `size` how
-- much it says, in bytes.
CREATE TABLE imports (
    owner_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source          TEXT    NOT NULL,
    source_id       TEXT    NOT NULL,
    conversation_id TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    messages        INTEGER NOT NULL,
    size            INTEGER NOT NULL,
    PRIMARY KEY (owner_id, source, source_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX imports_by_conversation ON imports (conversation_id);
