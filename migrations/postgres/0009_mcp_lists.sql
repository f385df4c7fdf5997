-- A server at an address may list other tools for each of its users: `user_id` is who was told so; empty: everybody (programs,
-- and what was listed before this).
ALTER TABLE mcp_tools ADD COLUMN user_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE mcp_tools ALTER COLUMN user_id DROP DEFAULT;
ALTER TABLE mcp_tools DROP CONSTRAINT mcp_tools_pkey;
ALTER TABLE mcp_tools ADD PRIMARY KEY (server_id, user_id, name);

CREATE FUNCTION drop_mcp_tools_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM mcp_tools WHERE user_id = OLD.id AND user_id <> '';
    RETURN NULL;
END;
$$;

CREATE TRIGGER mcp_tools_of_user AFTER DELETE ON users
FOR EACH ROW EXECUTE FUNCTION drop_mcp_tools_of_user();
