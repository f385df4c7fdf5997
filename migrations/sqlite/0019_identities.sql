-- Whom somebody else vouches for. `kind` is 'oidc': `subject` is who they are at the `issuer`, which is all that makes them who
-- they are here; `material` is what a kind needs besides, which this one does not.
CREATE TABLE identities (
    kind       TEXT    NOT NULL,
    issuer     TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    material   TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (kind, issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX identities_by_user ON identities (user_id);
