-- Where imported conversations come from: the same one is stored once.

-- `source` is the app's word, `source_id` what the conversation is called there. `messages` is how many it had there.
CREATE TABLE imports (
    owner_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source          TEXT    NOT NULL,
    source_id       TEXT    NOT NULL,
    conversation_id TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    messages        INTEGER NOT NULL,
    PRIMARY KEY (owner_id, source, source_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX imports_by_conversation ON imports (conversation_id);

-- How much each takes, in bytes, as long as it is there: also one that was deleted, and has come in again since.
CREATE TABLE import_sizes (
    conversation_id TEXT    NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    owner_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    size            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX import_sizes_by_owner ON import_sizes (owner_id, size);
