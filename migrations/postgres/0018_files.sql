-- Files that people attach. Their bytes lie among the blobs, and so does what models read of them.

-- `kind` is the file's word. `read_…`: what models are given in its place, its text or a smaller picture. `characters` counts its text.
CREATE TABLE files (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner_id   TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    size       BIGINT NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL,
    read_hash  TEXT COLLATE "C",
    read_type  TEXT,
    read_size  BIGINT,
    pages      BIGINT,
    characters BIGINT,
    created_at BIGINT NOT NULL
);

CREATE INDEX files_by_owner ON files (owner_id, created_at, id);

CREATE FUNCTION drop_blob_refs_of_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM blob_refs WHERE id = OLD.id AND id <> '' AND kind = 'file';
    RETURN NULL;
END;
$$;

CREATE TRIGGER blob_refs_of_file AFTER DELETE ON files
FOR EACH ROW EXECUTE FUNCTION drop_blob_refs_of_file();
