-- Where imported conversations come from: the same one is stored once.

-- `source` is the app's word, `source_id` what the conversation is called there. `messages` is how many it had there, `size` how
-- much it says, in bytes.
CREATE TABLE imports (
    owner_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source          TEXT   NOT NULL,
    source_id       TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    messages        BIGINT NOT NULL,
    size            BIGINT NOT NULL,
    PRIMARY KEY (owner_id, source, source_id)
);

CREATE INDEX imports_by_conversation ON imports (conversation_id);
