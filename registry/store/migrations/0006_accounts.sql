-- People: their accounts, one-time links by which a password is set, and signed-in sessions. Of a
-- link and a session only the SHA-256 of its 32 random bytes is kept.

-- Whom a token of an outside role belongs to: an enterprise's org_id, a department's name.
ALTER TABLE api_token ADD COLUMN org TEXT NOT NULL DEFAULT '';

-- password: "scrypt$log2(N)$r$p$salt$hash" (RFC 7914), hexadecimal; NULL until the first one is
-- set. failures counts wrong passwords since the last right one. version: for If-Match.
CREATE TABLE account (
    account_no BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    role TEXT NOT NULL,
    org TEXT NOT NULL,
    password TEXT,
    failures BIGINT NOT NULL,
    locked_until_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    disabled_ms BIGINT,
    last_seen_ms BIGINT,
    version BIGINT NOT NULL
);
CREATE TABLE account_link (
    secret_hash BYTEA NOT NULL PRIMARY KEY,
    account_no BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX account_link_account ON account_link (account_no);
CREATE TABLE account_session (
    secret_hash BYTEA NOT NULL PRIMARY KEY,
    account_no BIGINT NOT NULL,
    csrf TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL
);
CREATE INDEX account_session_account ON account_session (account_no);
