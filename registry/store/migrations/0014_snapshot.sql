-- Signed statements of a plan's figures as of a day (docs/snapshots.md). statement is the text that is
-- signed, vehicles the vehicles behind the figures (CSV in gzip); both stay as they were signed.
CREATE TABLE snapshot (
    number BIGINT NOT NULL PRIMARY KEY,
    plan TEXT NOT NULL,
    as_of BIGINT NOT NULL,
    known_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    author TEXT NOT NULL,
    note TEXT NOT NULL,
    statement BYTEA NOT NULL,
    signature BYTEA NOT NULL,
    vehicles BYTEA NOT NULL
);
CREATE INDEX snapshot_plan ON snapshot (plan, as_of, number);
