-- Conversations as trees of messages, and the turns that write the answers.

-- `title_search` is the title folded as the search folds words. `head_message_id` is not a foreign key, because each
-- of the two tables would need the other one first.
CREATE TABLE conversations (
    id              TEXT    NOT NULL PRIMARY KEY,
    owner_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title           TEXT    NOT NULL,
    title_search    TEXT    NOT NULL,
    pinned          INTEGER NOT NULL,
    archived        INTEGER NOT NULL,
    model           TEXT    NOT NULL,
    system_prompt   TEXT,
    mode            TEXT    NOT NULL,
    head_message_id TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    deleted_at      INTEGER
) STRICT;

-- The sidebar: one owner's conversations in its order.
CREATE INDEX conversations_in_order ON conversations (owner_id, archived, pinned, updated_at, id)
    WHERE deleted_at IS NULL;
-- The purge.
CREATE INDEX conversations_deleted ON conversations (deleted_at) WHERE deleted_at IS NOT NULL;

-- Parent pointers only; children are derived. The composite key keeps a parent inside its conversation; it is checked
-- at the end of the transaction, so that a whole tree can be stored in any order.
CREATE TABLE messages (
    id              TEXT    NOT NULL PRIMARY KEY,
    conversation_id TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    parent_id       TEXT,
    role            TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    model           TEXT,
    provider        TEXT,
    turn_id         TEXT,
    finish_reason   TEXT,
    usage           TEXT,
    receipt         TEXT,
    created_at      INTEGER NOT NULL,
    has_code        INTEGER NOT NULL,
    content         TEXT    NOT NULL,
    search_text     TEXT    NOT NULL,
    thinking        TEXT    NOT NULL,
    UNIQUE (conversation_id, id),
    FOREIGN KEY (conversation_id, parent_id) REFERENCES messages (conversation_id, id)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Messages in order, and the shape of the tree without its texts.
CREATE INDEX messages_in_order ON messages (conversation_id, created_at, id, parent_id);
CREATE INDEX messages_by_parent ON messages (conversation_id, parent_id);

CREATE TABLE turns (
    id              TEXT    NOT NULL PRIMARY KEY,
    owner_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_id      TEXT    NOT NULL,
    started_at      INTEGER NOT NULL,
    ended_at        INTEGER
) STRICT;

CREATE INDEX turns_by_conversation ON turns (conversation_id);
CREATE INDEX turns_unfinished ON turns (id) WHERE ended_at IS NULL;

-- One row a batch: the events `first_seq` to `last_seq` as one JSON array.
CREATE TABLE turn_log (
    turn_id   TEXT    NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    events    TEXT    NOT NULL,
    PRIMARY KEY (turn_id, first_seq)
) STRICT, WITHOUT ROWID;
