-- Where imported conversations come from: the same one is stored once.

-- `source` is the app's word, `source_id` what the conversation is called there. `messages` is how many it had there.
CREATE TABLE imports (
    owner_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source          TEXT   NOT NULL,
    source_id       TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    messages        BIGINT NOT NULL,
    PRIMARY KEY (owner_id, source, source_id)
);

CREATE INDEX imports_by_conversation ON imports (conversation_id);

-- How much each takes, in bytes, as long as it is there: also one that was deleted, and has come in again since.
CREATE TABLE import_sizes (
    conversation_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    owner_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    size            BIGINT NOT NULL
);

CREATE INDEX import_sizes_by_owner ON import_sizes (owner_id, size);
