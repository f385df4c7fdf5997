-- MCP servers, what their tools are and may do, and what people are signed in with.

-- `transport` is how the server is reached, secrets included: JSON, sealed, in base64. `private_network`: whether it may be
-- on a private network. `era`: which era of the protocol it was found to speak.
CREATE TABLE mcp_servers (
    id              TEXT    NOT NULL PRIMARY KEY,
    owner_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name            TEXT    NOT NULL,
    enabled         INTEGER NOT NULL,
    shared          INTEGER NOT NULL,
    trusted         INTEGER NOT NULL,
    private_network INTEGER NOT NULL,
    transport       TEXT    NOT NULL,
    era             TEXT,
    created_at      INTEGER NOT NULL,
    UNIQUE (owner_id, name)
) STRICT;

-- What everybody sees.
CREATE UNIQUE INDEX mcp_servers_shared ON mcp_servers (name) WHERE shared = 1;

-- `definition` is what the server says of the tool now, `approved` what a person has approved: JSON in one form. `listed`: its
-- place in the server's list; NULL: it is not in it any more.
CREATE TABLE mcp_tools (
    server_id  TEXT    NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    listed     INTEGER,
    definition TEXT    NOT NULL,
    approved   TEXT    NOT NULL,
    PRIMARY KEY (server_id, name)
) STRICT, WITHOUT ROWID;

-- What a person lets their turns do. `conversation_id` and `arguments` are empty where the rule is for all of them.
CREATE TABLE mcp_rules (
    owner_id        TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server_id       TEXT    NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    tool            TEXT    NOT NULL,
    conversation_id TEXT    NOT NULL,
    arguments       TEXT    NOT NULL,
    permission      TEXT    NOT NULL,
    PRIMARY KEY (owner_id, server_id, tool, conversation_id, arguments)
) STRICT, WITHOUT ROWID;

CREATE INDEX mcp_rules_by_conversation ON mcp_rules (conversation_id) WHERE conversation_id <> '';

CREATE TRIGGER mcp_rules_of_conversation AFTER DELETE ON conversations
BEGIN
    DELETE FROM mcp_rules WHERE conversation_id = old.id AND conversation_id <> '';
END;

-- Tokens of a person for a server, sealed, in base64.
CREATE TABLE mcp_sign_ins (
    owner_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server_id TEXT NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    sealed    TEXT NOT NULL,
    PRIMARY KEY (owner_id, server_id)
) STRICT, WITHOUT ROWID;
