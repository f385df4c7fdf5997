-- The token with which a token was made; NULL: a person made it. A token is revoked together with those made with it.
ALTER TABLE api_tokens ADD COLUMN parent_id TEXT COLLATE "C";

CREATE INDEX api_tokens_by_parent ON api_tokens (parent_id);
