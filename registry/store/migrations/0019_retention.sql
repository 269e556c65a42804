-- How far back each kind of raw data is kept ("samples", "evidence", "events", "rejects"; see
-- registry/store/store_retention.h), and what was removed of it so far. No row: nothing yet.
CREATE TABLE retention (
    kind TEXT NOT NULL PRIMARY KEY,
    kept_from_ms BIGINT NOT NULL,
    removed_rows BIGINT NOT NULL,
    removed_bytes BIGINT NOT NULL
);
