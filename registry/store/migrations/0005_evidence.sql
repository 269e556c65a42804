-- What frames say beside samples, the raw payloads that are kept, and what the loss ledger needs.

-- Logins, alarms and so on (shared/batch/batch.proto has the kinds; identification numbers stand in
-- unit_vin). `ordinal` counts the events of one payload.
CREATE TABLE unit_event (
    unit_id TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    journal_no BIGINT NOT NULL,
    position BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    number BIGINT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (unit_id, at_ms, journal_no, position, ordinal)
);
-- The ledger asks for the login or logout before a day and after it.
CREATE INDEX unit_event_duty ON unit_event (unit_id, at_ms) WHERE kind IN (2, 3);

-- The identification numbers that a unit's frames carried, and how many payloads each.
CREATE TABLE unit_vin (
    unit_id TEXT NOT NULL,
    vin TEXT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    payloads BIGINT NOT NULL,
    PRIMARY KEY (unit_id, vin)
);

-- Raw payloads of units whose evidence a gateway keeps. `bytes` is the payload's size; unit_evidence
-- has the sums, and keeps each unit's within a bound: the oldest arrivals go first.
CREATE TABLE evidence (
    unit_id TEXT NOT NULL,
    journal_no BIGINT NOT NULL,
    position BIGINT NOT NULL,
    received_ms BIGINT NOT NULL,
    format BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (unit_id, journal_no, position)
);
CREATE INDEX evidence_received ON evidence (unit_id, received_ms, journal_no, position);
CREATE TABLE unit_evidence (
    unit_id TEXT NOT NULL PRIMARY KEY,
    payloads BIGINT NOT NULL,
    bytes BIGINT NOT NULL
);

-- What is set for a unit by hand. interval_s: how often it is to report.
CREATE TABLE unit_setting (
    unit_id TEXT NOT NULL PRIMARY KEY,
    interval_s BIGINT
);

-- How many payloads of a unit were refused, by reason: kept in the transaction that stores them.
CREATE TABLE reject_count (
    unit_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    payloads BIGINT NOT NULL,
    PRIMARY KEY (unit_id, reason)
);
INSERT INTO reject_count (unit_id, reason, payloads)
SELECT unit_id, reason, COUNT(*) FROM reject GROUP BY unit_id, reason;
