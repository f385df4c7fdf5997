-- What a person lets their turns do with certain arguments. `rules`: all of them about one tool, as JSON.
CREATE TABLE mcp_argument_rules (
    owner_id  TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server_id TEXT COLLATE "C" NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    tool      TEXT COLLATE "C" NOT NULL,
    rules     TEXT NOT NULL,
    PRIMARY KEY (owner_id, server_id, tool)
);
