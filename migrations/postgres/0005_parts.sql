-- Messages made of parts, blobs, tool calls, and turns with an owner. Only adds: what it replaces goes with a later
-- version.

-- `kind` is the part's word, or `sealed`: what one provider wants back. `body` is the JSON of the kind's fields. The
-- positions of a message have gaps where pictures are still in `message_images`.
CREATE TABLE message_parts (
    message_id TEXT COLLATE "C" NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position   BIGINT  NOT NULL,
    step       BIGINT  NOT NULL,
    kind       TEXT    NOT NULL,
    call_id    TEXT COLLATE "C",
    body       TEXT    NOT NULL,
    PRIMARY KEY (message_id, position)
);

-- A call and its result.
CREATE INDEX message_parts_by_call ON message_parts (message_id, call_id) WHERE call_id IS NOT NULL;

-- Pictures keep the first positions. Turns that have not ended have written nothing yet.
INSERT INTO message_parts (message_id, position, step, kind, body)
SELECT m.id, COALESCE((SELECT MAX(i.position) + 1 FROM message_images i WHERE i.message_id = m.id), 0),
       CASE WHEN m.role = 'assistant' THEN 1 ELSE 0 END, 'thinking', CAST(json_build_object('text', m.thinking) AS TEXT)
FROM messages m
WHERE m.thinking <> '' AND m.id NOT IN (SELECT t.message_id FROM turns t WHERE t.ended_at IS NULL);

INSERT INTO message_parts (message_id, position, step, kind, body)
SELECT m.id, COALESCE((SELECT MAX(i.position) + 1 FROM message_images i WHERE i.message_id = m.id), 0)
             + CASE WHEN m.thinking <> '' THEN 1 ELSE 0 END,
       CASE WHEN m.role = 'assistant' THEN 1 ELSE 0 END, 'text', CAST(json_build_object('text', m.content) AS TEXT)
FROM messages m
WHERE m.content <> '' AND m.id NOT IN (SELECT t.message_id FROM turns t WHERE t.ended_at IS NULL);

-- The bytes lie elsewhere, under their SHA-256 in hex.
CREATE TABLE blobs (
    hash       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    media_type TEXT    NOT NULL,
    size       BIGINT  NOT NULL,
    created_at BIGINT  NOT NULL
);

-- Who keeps a blob, and for what: `message` with the message's id, or `put` with no id, which holds it for a while until
-- something refers to it.
CREATE TABLE blob_refs (
    hash       TEXT COLLATE "C" NOT NULL REFERENCES blobs (hash),
    owner_id   TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (hash, owner_id, kind, id)
);

CREATE INDEX blob_refs_by_owner ON blob_refs (owner_id);
CREATE INDEX blob_refs_by_id ON blob_refs (id) WHERE id <> '';
CREATE INDEX blob_refs_put ON blob_refs (created_at) WHERE kind = 'put';

CREATE FUNCTION drop_blob_refs_of_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM blob_refs WHERE id = OLD.id AND id <> '' AND kind = 'message';
    RETURN NULL;
END;
$$;

CREATE TRIGGER blob_refs_of_message AFTER DELETE ON messages
FOR EACH ROW EXECUTE FUNCTION drop_blob_refs_of_message();

-- `state` is `waiting`, `running`, or how the call ended.
CREATE TABLE tool_calls (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    turn_id     TEXT COLLATE "C" NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    owner_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id  TEXT COLLATE "C" NOT NULL,
    position    BIGINT  NOT NULL,
    server      TEXT    NOT NULL,
    tool        TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    decided_by  TEXT COLLATE "C",
    decided_at  BIGINT,
    started_at  BIGINT,
    ended_at    BIGINT
);

CREATE INDEX tool_calls_by_turn ON tool_calls (turn_id);
CREATE INDEX tool_calls_by_owner ON tool_calls (owner_id);

-- A turn runs on one node, waits for a person, or has ended. `fence` grows with each owner: whoever writes names it.
-- `has_log`: whether its log is still there.
ALTER TABLE turns ADD COLUMN state          TEXT    NOT NULL DEFAULT 'ended';
ALTER TABLE turns ADD COLUMN node           TEXT COLLATE "C";
ALTER TABLE turns ADD COLUMN fence          BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN stop_requested BIGINT  NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN has_log        BIGINT  NOT NULL DEFAULT 1;
-- How its models are to be asked, in a form of the agent's: a turn that wakes goes on as it began.
ALTER TABLE turns ADD COLUMN settings       TEXT;

UPDATE turns SET state = 'running' WHERE ended_at IS NULL;

CREATE INDEX turns_unended ON turns (owner_id, started_at) WHERE state <> 'ended';
CREATE INDEX turns_running ON turns (node, id, fence, stop_requested) WHERE state = 'running';
CREATE INDEX turns_logged ON turns (ended_at) WHERE has_log = 1 AND ended_at IS NOT NULL;

-- Every start of the server is a node. What it runs is its own until `lease_until`.
CREATE TABLE nodes (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    lease_until BIGINT  NOT NULL
);

-- The form of `events`: 1 for those stored before there was a version.
ALTER TABLE turn_log ADD COLUMN version BIGINT  NOT NULL DEFAULT 1;
