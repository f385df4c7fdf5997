-- MCP servers, what their tools are and may do, and what people are signed in with.

-- `transport` is how the server is reached, secrets included: JSON, sealed, in base64. `private_network`: whether it may be
-- on a private network. `era`: which era of the protocol it was found to speak.
CREATE TABLE mcp_servers (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name            TEXT COLLATE "C" NOT NULL,
    enabled         BIGINT  NOT NULL,
    shared          BIGINT  NOT NULL,
    trusted         BIGINT  NOT NULL,
    private_network BIGINT  NOT NULL,
    transport       TEXT    NOT NULL,
    era             TEXT,
    created_at      BIGINT  NOT NULL,
    UNIQUE (owner_id, name)
);

-- What everybody sees.
CREATE UNIQUE INDEX mcp_servers_shared ON mcp_servers (name) WHERE shared = 1;

-- `definition` is what the server says of the tool now, `approved` what a person has approved: JSON in one form. `listed`: its
-- place in the server's list; NULL: it is not in it any more.
CREATE TABLE mcp_tools (
    server_id  TEXT COLLATE "C" NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    name       TEXT COLLATE "C" NOT NULL,
    listed     BIGINT,
    definition TEXT    NOT NULL,
    approved   TEXT    NOT NULL,
    PRIMARY KEY (server_id, name)
);

-- What a person lets their turns do. `conversation_id` and `arguments` are empty where the rule is for all of them.
CREATE TABLE mcp_rules (
    owner_id        TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server_id       TEXT COLLATE "C" NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    tool            TEXT COLLATE "C" NOT NULL,
    conversation_id TEXT COLLATE "C" NOT NULL,
    arguments       TEXT COLLATE "C" NOT NULL,
    permission      TEXT    NOT NULL,
    PRIMARY KEY (owner_id, server_id, tool, conversation_id, arguments)
);

CREATE INDEX mcp_rules_by_conversation ON mcp_rules (conversation_id) WHERE conversation_id <> '';

CREATE FUNCTION drop_mcp_rules_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM mcp_rules WHERE conversation_id = OLD.id AND conversation_id <> '';
    RETURN NULL;
END;
$$;

CREATE TRIGGER mcp_rules_of_conversation AFTER DELETE ON conversations
FOR EACH ROW EXECUTE FUNCTION drop_mcp_rules_of_conversation();

-- Tokens of a person for a server, sealed, in base64.
CREATE TABLE mcp_sign_ins (
    owner_id  TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server_id TEXT COLLATE "C" NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    sealed    TEXT NOT NULL,
    PRIMARY KEY (owner_id, server_id)
);
