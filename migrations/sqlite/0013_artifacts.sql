-- Files of conversations, with all their versions. Contents lie among the blobs.

-- `path_key` is the path as file systems compare it that cannot tell some letters apart. `message_id`: the answer that made it.
CREATE TABLE artifacts (
    id              TEXT    NOT NULL PRIMARY KEY,
    owner_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_id      TEXT   ,
    path            TEXT    NOT NULL,
    path_key        TEXT    NOT NULL,
    title           TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    language        TEXT,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    deleted_at      INTEGER
) STRICT;

CREATE UNIQUE INDEX artifacts_by_path ON artifacts (conversation_id, path_key) WHERE deleted_at IS NULL;
CREATE INDEX artifacts_in_order ON artifacts (conversation_id, created_at, id);
CREATE INDEX artifacts_by_owner ON artifacts (owner_id, created_at, id);
CREATE INDEX artifacts_deleted ON artifacts (deleted_at) WHERE deleted_at IS NOT NULL;

-- `created_by` is the author's word. `added` and `removed` count lines against the version before.
CREATE TABLE artifact_versions (
    artifact_id TEXT    NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL,
    hash        TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    created_by  TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    note        TEXT    NOT NULL,
    message_id  TEXT   ,
    added       INTEGER NOT NULL,
    removed     INTEGER NOT NULL,
    PRIMARY KEY (artifact_id, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER blob_refs_of_artifact AFTER DELETE ON artifacts
BEGIN
    DELETE FROM blob_refs WHERE id = old.id AND id <> '' AND kind = 'artifact';
END;
