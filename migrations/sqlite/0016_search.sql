-- The search by words. `words` and `title_words` hold the words of a text (crates/storage/src/search/words.rs), `search_form` says which
-- rules made them; 0: none have yet. Such rows (all that were there before, and those of a node that still runs the version before)
-- are written anew in the background. Triggers keep the index, so that it is changed in the transaction of what it is about.
-- `search_text` and `title_search` are no longer read or written.
ALTER TABLE messages ADD COLUMN search_form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN search_form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN title_words TEXT NOT NULL DEFAULT '';
ALTER TABLE artifacts ADD COLUMN search_form INTEGER NOT NULL DEFAULT 0;
-- Of an artifact: the words of its title and path, and those of its content.
ALTER TABLE artifacts ADD COLUMN name_words TEXT NOT NULL DEFAULT '';
ALTER TABLE artifacts ADD COLUMN words TEXT NOT NULL DEFAULT '';

CREATE INDEX messages_to_renew ON messages (created_at, id) WHERE search_form = 0;
CREATE INDEX conversations_to_renew ON conversations (created_at, id) WHERE search_form = 0;
CREATE INDEX artifacts_to_renew ON artifacts (created_at, id) WHERE search_form = 0;
-- Copies take the words of what holds the same content.
CREATE INDEX artifact_versions_by_hash ON artifact_versions (hash);

-- What can be found: a message, a title, an artifact. `stands_at`: a message's time, in 15 digits, and its id; the newest has the
-- greatest.
CREATE TABLE search_docs (
    id              INTEGER PRIMARY KEY,
    owner_id        TEXT    NOT NULL,
    conversation_id TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    kind            TEXT    NOT NULL,
    of_id           TEXT    NOT NULL,
    role            TEXT    NOT NULL,
    has_code        INTEGER NOT NULL,
    stands_at       TEXT    NOT NULL,
    UNIQUE (kind, of_id)
) STRICT;

CREATE INDEX search_docs_of_conversation ON search_docs (conversation_id, kind);
CREATE INDEX search_docs_with_code ON search_docs (owner_id, conversation_id) WHERE has_code = 1;
CREATE INDEX search_docs_by_role ON search_docs (owner_id, role, conversation_id);

-- Their words. `owner` keeps a search from reading what others wrote.
CREATE VIRTUAL TABLE search_words USING fts5(owner, body, content = '', contentless_delete = 1, tokenize = 'ascii');

CREATE TRIGGER search_words_go AFTER DELETE ON search_docs
BEGIN
    DELETE FROM search_words WHERE rowid = old.id;
END;

CREATE TRIGGER search_of_message AFTER INSERT ON messages WHEN new.words <> ''
BEGIN
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, stands_at)
    SELECT c.owner_id, c.id, 'message', new.id, new.role, new.has_code, printf('%015d', new.created_at) || new.id
    FROM conversations c WHERE c.id = new.conversation_id AND new.words <> '';
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.words
    FROM search_docs d WHERE d.kind = 'message' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_changed_message AFTER UPDATE OF words ON messages WHEN new.words <> old.words
BEGIN
    DELETE FROM search_docs WHERE kind = 'message' AND of_id = old.id;
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, stands_at)
    SELECT c.owner_id, c.id, 'message', new.id, new.role, new.has_code, printf('%015d', new.created_at) || new.id
    FROM conversations c WHERE c.id = new.conversation_id AND new.words <> '';
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.words
    FROM search_docs d WHERE d.kind = 'message' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_gone_message AFTER DELETE ON messages
BEGIN
    DELETE FROM search_docs WHERE kind = 'message' AND of_id = old.id;
END;

CREATE TRIGGER search_of_title AFTER INSERT ON conversations WHEN new.title_words <> ''
BEGIN
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, stands_at)
    SELECT new.owner_id, new.id, 'title', new.id, '', 0, '' WHERE new.title_words <> '';
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.title_words
    FROM search_docs d WHERE d.kind = 'title' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_changed_title AFTER UPDATE OF title_words ON conversations
WHEN new.title_words <> old.title_words
BEGIN
    DELETE FROM search_docs WHERE kind = 'title' AND of_id = old.id;
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, stands_at)
    SELECT new.owner_id, new.id, 'title', new.id, '', 0, '' WHERE new.title_words <> '';
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.title_words
    FROM search_docs d WHERE d.kind = 'title' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_artifact AFTER INSERT ON artifacts
BEGIN
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, stands_at)
    SELECT new.owner_id, new.conversation_id, 'artifact', new.id, '', 0, '' WHERE new.deleted_at IS NULL;
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.name_words || ' ' || new.words
    FROM search_docs d WHERE d.kind = 'artifact' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_changed_artifact AFTER UPDATE OF name_words, words, deleted_at ON artifacts
WHEN new.name_words <> old.name_words OR new.words <> old.words
    OR (new.deleted_at IS NULL) <> (old.deleted_at IS NULL)
BEGIN
    DELETE FROM search_docs WHERE kind = 'artifact' AND of_id = old.id;
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, stands_at)
    SELECT new.owner_id, new.conversation_id, 'artifact', new.id, '', 0, '' WHERE new.deleted_at IS NULL;
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.name_words || ' ' || new.words
    FROM search_docs d WHERE d.kind = 'artifact' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_gone_artifact AFTER DELETE ON artifacts
BEGIN
    DELETE FROM search_docs WHERE kind = 'artifact' AND of_id = old.id;
END;
