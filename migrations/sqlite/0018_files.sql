-- Files that people attach. Their bytes lie among the blobs, and so does what models read of them.

-- `kind` is the file's word. `read_…`: what models are given in its place, its text or a smaller picture. `characters` counts its text.
CREATE TABLE files (
    id         TEXT    NOT NULL PRIMARY KEY,
    owner_id   TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    hash       TEXT    NOT NULL,
    read_hash  TEXT,
    read_type  TEXT,
    read_size  INTEGER,
    pages      INTEGER,
    characters INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX files_by_owner ON files (owner_id, created_at, id);

CREATE TRIGGER blob_refs_of_file AFTER DELETE ON files
BEGIN
    DELETE FROM blob_refs WHERE id = old.id AND id <> '' AND kind = 'file';
END;
