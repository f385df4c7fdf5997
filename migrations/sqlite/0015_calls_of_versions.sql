-- The id that the call of a tool gives which made a version. The same call makes no second one, and what it has made is found when
-- its server went down before it could say so.
ALTER TABLE artifact_versions ADD COLUMN made_by TEXT;

CREATE UNIQUE INDEX artifact_versions_by_call ON artifact_versions (made_by) WHERE made_by IS NOT NULL;
