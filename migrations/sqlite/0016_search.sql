-- The search by words. `search_text` and `title_search` hold the words of a text (crates/storage/src/search/words.rs), `search_form` says
-- which rules made them: 0 are those of the versions before, whose rows are written anew after the start. Triggers keep the index, so
-- that it is changed in the transaction of what it is about.
ALTER TABLE messages ADD COLUMN search_form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN search_form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE artifacts ADD COLUMN search_form INTEGER NOT NULL DEFAULT 0;
-- Of an artifact: the words of its title and path, and those of its content.
ALTER TABLE artifacts ADD COLUMN search_names TEXT NOT NULL DEFAULT '';
ALTER TABLE artifacts ADD COLUMN search_text TEXT NOT NULL DEFAULT '';

CREATE INDEX messages_to_renew ON messages (created_at) WHERE search_form = 0;
CREATE INDEX conversations_to_renew ON conversations (created_at) WHERE search_form = 0;
CREATE INDEX artifacts_to_renew ON artifacts (created_at) WHERE search_form = 0;

-- What can be found: a message, a title, an artifact. The newest has the highest id.
CREATE TABLE search_docs (
    id              INTEGER PRIMARY KEY,
    owner_id        TEXT    NOT NULL,
    conversation_id TEXT    NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    kind            TEXT    NOT NULL,
    of_id           TEXT    NOT NULL,
    role            TEXT    NOT NULL,
    has_code        INTEGER NOT NULL,
    UNIQUE (kind, of_id)
) STRICT;

CREATE INDEX search_docs_of_conversation ON search_docs (conversation_id, kind);
CREATE INDEX search_docs_with_code ON search_docs (owner_id, conversation_id) WHERE has_code = 1;

-- Their words. `owner` keeps a search from reading what others wrote.
CREATE VIRTUAL TABLE search_words USING fts5(owner, body, content = '', contentless_delete = 1, tokenize = 'ascii');

CREATE TRIGGER search_words_go AFTER DELETE ON search_docs
BEGIN
    DELETE FROM search_words WHERE rowid = old.id;
END;

CREATE TRIGGER search_of_message AFTER INSERT ON messages WHEN new.search_text <> ''
BEGIN
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code)
    SELECT c.owner_id, c.id, 'message', new.id, new.role, new.has_code
    FROM conversations c WHERE c.id = new.conversation_id;
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.search_text
    FROM search_docs d WHERE d.kind = 'message' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_changed_message AFTER UPDATE OF search_text ON messages
WHEN new.search_text <> old.search_text
BEGIN
    DELETE FROM search_docs WHERE kind = 'message' AND of_id = old.id;
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code)
    SELECT c.owner_id, c.id, 'message', new.id, new.role, new.has_code
    FROM conversations c WHERE c.id = new.conversation_id AND new.search_text <> '';
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.search_text
    FROM search_docs d WHERE d.kind = 'message' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_gone_message AFTER DELETE ON messages
BEGIN
    DELETE FROM search_docs WHERE kind = 'message' AND of_id = old.id;
END;

CREATE TRIGGER search_of_title AFTER INSERT ON conversations WHEN new.title_search <> ''
BEGIN
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code)
    VALUES (new.owner_id, new.id, 'title', new.id, '', 0);
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.title_search
    FROM search_docs d WHERE d.kind = 'title' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_changed_title AFTER UPDATE OF title_search ON conversations
WHEN new.title_search <> old.title_search
BEGIN
    DELETE FROM search_docs WHERE kind = 'title' AND of_id = old.id;
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code)
    SELECT new.owner_id, new.id, 'title', new.id, '', 0 WHERE new.title_search <> '';
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.title_search
    FROM search_docs d WHERE d.kind = 'title' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_artifact AFTER INSERT ON artifacts
BEGIN
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code)
    VALUES (new.owner_id, new.conversation_id, 'artifact', new.id, '', 0);
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.search_names || ' ' || new.search_text
    FROM search_docs d WHERE d.kind = 'artifact' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_changed_artifact AFTER UPDATE OF search_names, search_text, deleted_at ON artifacts
WHEN new.search_names <> old.search_names OR new.search_text <> old.search_text
    OR (new.deleted_at IS NULL) <> (old.deleted_at IS NULL)
BEGIN
    DELETE FROM search_docs WHERE kind = 'artifact' AND of_id = old.id;
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code)
    SELECT new.owner_id, new.conversation_id, 'artifact', new.id, '', 0 WHERE new.deleted_at IS NULL;
    INSERT INTO search_words (rowid, owner, body)
    SELECT d.id, replace(d.owner_id, '-', ''), new.search_names || ' ' || new.search_text
    FROM search_docs d WHERE d.kind = 'artifact' AND d.of_id = new.id;
END;

CREATE TRIGGER search_of_gone_artifact AFTER DELETE ON artifacts
BEGIN
    DELETE FROM search_docs WHERE kind = 'artifact' AND of_id = old.id;
END;
