-- Files of conversations, with all their versions. Contents lie among the blobs.

-- `path_key` is the path as file systems compare it that cannot tell some letters apart. `message_id`: the answer that made it.
CREATE TABLE artifacts (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_id      TEXT COLLATE "C",
    path            TEXT    NOT NULL,
    path_key        TEXT COLLATE "C" NOT NULL,
    title           TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    language        TEXT,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    deleted_at      BIGINT
);

CREATE UNIQUE INDEX artifacts_by_path ON artifacts (conversation_id, path_key) WHERE deleted_at IS NULL;
CREATE INDEX artifacts_in_order ON artifacts (conversation_id, created_at, id);
CREATE INDEX artifacts_by_owner ON artifacts (owner_id, created_at, id);
CREATE INDEX artifacts_deleted ON artifacts (deleted_at) WHERE deleted_at IS NOT NULL;

-- `created_by` is the author's word. `added` and `removed` count lines against the version before.
CREATE TABLE artifact_versions (
    artifact_id TEXT COLLATE "C" NOT NULL REFERENCES artifacts (id) ON DELETE CASCADE,
    version     BIGINT NOT NULL,
    hash        TEXT COLLATE "C" NOT NULL,
    size        BIGINT NOT NULL,
    created_by  TEXT    NOT NULL,
    created_at  BIGINT NOT NULL,
    note        TEXT    NOT NULL,
    message_id  TEXT COLLATE "C",
    added       BIGINT NOT NULL,
    removed     BIGINT NOT NULL,
    PRIMARY KEY (artifact_id, version)
);

CREATE FUNCTION drop_blob_refs_of_artifact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM blob_refs WHERE id = OLD.id AND id <> '' AND kind = 'artifact';
    RETURN NULL;
END;
$$;

CREATE TRIGGER blob_refs_of_artifact AFTER DELETE ON artifacts
FOR EACH ROW EXECUTE FUNCTION drop_blob_refs_of_artifact();
