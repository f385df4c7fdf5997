-- What a person lets their turns do with certain arguments. `rules`: all of them about one tool, as JSON.
CREATE TABLE mcp_argument_rules (
    owner_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server_id TEXT NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    tool      TEXT NOT NULL,
    rules     TEXT NOT NULL,
    PRIMARY KEY (owner_id, server_id, tool)
) STRICT, WITHOUT ROWID;
