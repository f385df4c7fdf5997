-- A server at an address may list other tools for each of its users: `user_id` is who was told so; empty: everybody (programs,
-- and what was listed before this).
CREATE TABLE mcp_tools_of (
    server_id  TEXT    NOT NULL REFERENCES mcp_servers (id) ON DELETE CASCADE,
    user_id    TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    listed     INTEGER,
    definition TEXT    NOT NULL,
    approved   TEXT    NOT NULL,
    PRIMARY KEY (server_id, user_id, name)
) STRICT, WITHOUT ROWID;

INSERT INTO mcp_tools_of (server_id, user_id, name, listed, definition, approved)
SELECT server_id, '', name, listed, definition, approved FROM mcp_tools;

DROP TABLE mcp_tools;
ALTER TABLE mcp_tools_of RENAME TO mcp_tools;

CREATE TRIGGER mcp_tools_of_user AFTER DELETE ON users
BEGIN
    DELETE FROM mcp_tools WHERE user_id = old.id AND user_id <> '';
END;
