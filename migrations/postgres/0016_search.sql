-- The search by words. `search_text` and `title_search` hold the words of a text (crates/storage/src/search/words.rs), `search_form` says
-- which rules made them: 0 are those of the versions before, whose rows are written anew after the start. Triggers keep the index, so
-- that it is changed in the transaction of what it is about.
ALTER TABLE messages ADD COLUMN search_form BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN search_form BIGINT NOT NULL DEFAULT 0;
ALTER TABLE artifacts ADD COLUMN search_form BIGINT NOT NULL DEFAULT 0;
-- Of an artifact: the words of its title and path, and those of its content.
ALTER TABLE artifacts ADD COLUMN search_names TEXT NOT NULL DEFAULT '';
ALTER TABLE artifacts ADD COLUMN search_text TEXT NOT NULL DEFAULT '';

CREATE INDEX messages_to_renew ON messages (created_at) WHERE search_form = 0;
CREATE INDEX conversations_to_renew ON conversations (created_at) WHERE search_form = 0;
CREATE INDEX artifacts_to_renew ON artifacts (created_at) WHERE search_form = 0;

-- What can be found: a message, a title, an artifact. The newest has the highest id.
CREATE TABLE search_docs (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id        TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    kind            TEXT COLLATE "C" NOT NULL,
    of_id           TEXT COLLATE "C" NOT NULL,
    role            TEXT     NOT NULL,
    has_code        BIGINT   NOT NULL,
    words           TSVECTOR NOT NULL,
    UNIQUE (kind, of_id)
);

CREATE INDEX search_docs_of_conversation ON search_docs (conversation_id, kind);
CREATE INDEX search_docs_with_code ON search_docs (owner_id, conversation_id) WHERE has_code = 1;
CREATE INDEX search_docs_words ON search_docs USING gin (words);

-- Words between blanks, as they are, with their places: no parser of PostgreSQL's splits them in its own way.
CREATE FUNCTION search_vector(body TEXT) RETURNS TSVECTOR LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(string_agg('''' || replace(replace(left(word, 200), '\', '\\'), '''', '''''') || ''':'
        || least(place, 16383), ' '), '')::tsvector
    FROM unnest(string_to_array(body, ' ')) WITH ORDINALITY AS w (word, place) WHERE word <> ''
$$;

CREATE FUNCTION search_of_message() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_docs WHERE kind = 'message' AND of_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, words)
        SELECT c.owner_id, c.id, 'message', NEW.id, NEW.role, NEW.has_code, search_vector(NEW.search_text)
        FROM conversations c WHERE c.id = NEW.conversation_id AND NEW.search_text <> '';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_of_title() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_docs WHERE kind = 'title' AND of_id = OLD.id;
    END IF;
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, words)
    SELECT NEW.owner_id, NEW.id, 'title', NEW.id, '', 0, search_vector(NEW.title_search)
    WHERE NEW.title_search <> '';
    RETURN NULL;
END $$;

CREATE FUNCTION search_of_artifact() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_docs WHERE kind = 'artifact' AND of_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, words)
        SELECT NEW.owner_id, NEW.conversation_id, 'artifact', NEW.id, '', 0,
            search_vector(NEW.search_names || ' ' || NEW.search_text)
        WHERE NEW.deleted_at IS NULL;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER search_of_message AFTER INSERT OR DELETE ON messages
    FOR EACH ROW EXECUTE FUNCTION search_of_message();
CREATE TRIGGER search_of_changed_message AFTER UPDATE OF search_text ON messages
    FOR EACH ROW WHEN (NEW.search_text <> OLD.search_text) EXECUTE FUNCTION search_of_message();
CREATE TRIGGER search_of_title AFTER INSERT ON conversations
    FOR EACH ROW EXECUTE FUNCTION search_of_title();
CREATE TRIGGER search_of_changed_title AFTER UPDATE OF title_search ON conversations
    FOR EACH ROW WHEN (NEW.title_search <> OLD.title_search) EXECUTE FUNCTION search_of_title();
CREATE TRIGGER search_of_artifact AFTER INSERT OR DELETE ON artifacts
    FOR EACH ROW EXECUTE FUNCTION search_of_artifact();
CREATE TRIGGER search_of_changed_artifact AFTER UPDATE OF search_names, search_text, deleted_at ON artifacts
    FOR EACH ROW WHEN (NEW.search_names <> OLD.search_names OR NEW.search_text <> OLD.search_text
        OR (NEW.deleted_at IS NULL) <> (OLD.deleted_at IS NULL)) EXECUTE FUNCTION search_of_artifact();
