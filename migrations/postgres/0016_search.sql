-- The search by words. `words` and `title_words` hold the words of a text (crates/storage/src/search/words.rs), `search_form` says which
-- rules made them; 0: none have yet. Such rows (all that were there before, and those of a node that still runs the version before)
-- are written anew in the background. Triggers keep the index, so that it is changed in the transaction of what it is about.
-- `search_text` and `title_search` are no longer read or written.
ALTER TABLE messages ADD COLUMN search_form BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN search_form BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN title_words TEXT NOT NULL DEFAULT '';
ALTER TABLE artifacts ADD COLUMN search_form BIGINT NOT NULL DEFAULT 0;
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
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id        TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    kind            TEXT COLLATE "C" NOT NULL,
    of_id           TEXT COLLATE "C" NOT NULL,
    role            TEXT COLLATE "C" NOT NULL,
    has_code        BIGINT           NOT NULL,
    stands_at       TEXT COLLATE "C" NOT NULL,
    words           TSVECTOR         NOT NULL,
    UNIQUE (kind, of_id)
);

CREATE INDEX search_docs_of_conversation ON search_docs (conversation_id, kind);
CREATE INDEX search_docs_with_code ON search_docs (owner_id, conversation_id) WHERE has_code = 1;
CREATE INDEX search_docs_by_role ON search_docs (owner_id, role, conversation_id);
CREATE INDEX search_docs_words ON search_docs USING gin (words);

-- Words between blanks, as they are, with their places: no parser of PostgreSQL's splits them in its own way. Its vectors know 16,383
-- places and 255 of one word: phrases beyond those are not found. The owner is a word without a place, so that a search does not read
-- what others wrote. A text that makes no vector is found by nothing, and stored all the same.
CREATE FUNCTION search_vector(owner TEXT, body TEXT) RETURNS TSVECTOR LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN array_to_tsvector(ARRAY['o' || replace(owner, '-', '')]) || (
        SELECT COALESCE(string_agg('''' || replace(replace(left(word, 200), '\', '\\'), '''', '''''') || ''':'
            || least(place, 16383), ' '), '')::tsvector
        FROM unnest(string_to_array(body, ' ')) WITH ORDINALITY AS w (word, place) WHERE word <> ''
    );
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN ''::tsvector;
END $$;

CREATE FUNCTION search_of_message() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_docs WHERE kind = 'message' AND of_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, stands_at, words)
        SELECT c.owner_id, c.id, 'message', NEW.id, NEW.role, NEW.has_code,
            lpad(NEW.created_at::text, 15, '0') || NEW.id, search_vector(c.owner_id, NEW.words)
        FROM conversations c WHERE c.id = NEW.conversation_id AND NEW.words <> '';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_of_title() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_docs WHERE kind = 'title' AND of_id = OLD.id;
    END IF;
    INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, stands_at, words)
    SELECT NEW.owner_id, NEW.id, 'title', NEW.id, '', 0, '', search_vector(NEW.owner_id, NEW.title_words)
    WHERE NEW.title_words <> '';
    RETURN NULL;
END $$;

CREATE FUNCTION search_of_artifact() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM search_docs WHERE kind = 'artifact' AND of_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO search_docs (owner_id, conversation_id, kind, of_id, role, has_code, stands_at, words)
        SELECT NEW.owner_id, NEW.conversation_id, 'artifact', NEW.id, '', 0, '',
            search_vector(NEW.owner_id, NEW.name_words || ' ' || NEW.words)
        WHERE NEW.deleted_at IS NULL;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER search_of_message AFTER INSERT OR DELETE ON messages
    FOR EACH ROW EXECUTE FUNCTION search_of_message();
CREATE TRIGGER search_of_changed_message AFTER UPDATE OF words ON messages
    FOR EACH ROW WHEN (NEW.words <> OLD.words) EXECUTE FUNCTION search_of_message();
CREATE TRIGGER search_of_title AFTER INSERT ON conversations
    FOR EACH ROW EXECUTE FUNCTION search_of_title();
CREATE TRIGGER search_of_changed_title AFTER UPDATE OF title_words ON conversations
    FOR EACH ROW WHEN (NEW.title_words <> OLD.title_words) EXECUTE FUNCTION search_of_title();
CREATE TRIGGER search_of_artifact AFTER INSERT OR DELETE ON artifacts
    FOR EACH ROW EXECUTE FUNCTION search_of_artifact();
CREATE TRIGGER search_of_changed_artifact AFTER UPDATE OF name_words, words, deleted_at ON artifacts
    FOR EACH ROW WHEN (NEW.name_words <> OLD.name_words OR NEW.words <> OLD.words
        OR (NEW.deleted_at IS NULL) <> (OLD.deleted_at IS NULL)) EXECUTE FUNCTION search_of_artifact();

-- What a node of the version before writes leaves the words as they were.
CREATE FUNCTION search_is_old() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_form := 0;
    RETURN NEW;
END $$;

CREATE TRIGGER search_of_message_is_old BEFORE UPDATE ON messages
    FOR EACH ROW WHEN (NEW.content <> OLD.content AND NEW.words = OLD.words) EXECUTE FUNCTION search_is_old();
CREATE TRIGGER search_of_title_is_old BEFORE UPDATE ON conversations
    FOR EACH ROW WHEN (NEW.title <> OLD.title AND NEW.title_words = OLD.title_words) EXECUTE FUNCTION search_is_old();
CREATE TRIGGER search_of_artifact_is_old BEFORE UPDATE ON artifacts
    FOR EACH ROW WHEN ((NEW.version <> OLD.version AND NEW.words = OLD.words)
        OR ((NEW.title <> OLD.title OR NEW.path <> OLD.path) AND NEW.name_words = OLD.name_words))
    EXECUTE FUNCTION search_is_old();
