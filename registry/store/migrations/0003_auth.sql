-- Tokens by which people and programs call the API. Only the SHA-256 of a token is kept; its 32
-- random bytes need no salt. role is the word of the API. A token is never deleted: who did
-- something under its name must stay findable. last_used_day is written once a day at most.
CREATE TABLE api_token (
    token_no BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    revoked_ms BIGINT,
    last_used_day BIGINT
);
