-- What gateways deliver and what the rollup makes of it. Tables carry unit_id where they can, so
-- that they can be distributed by it. Hours are whole hours since 1970 in UTC, instants are
-- milliseconds since then.

-- A gateway's journal: how far it was delivered, and what came of it. Everything before
-- next_position is stored, or counted as rejected, damaged or lost.
CREATE TABLE journal (
    journal_no BIGINT NOT NULL PRIMARY KEY,
    gateway TEXT NOT NULL,
    journal_id BYTEA NOT NULL,
    next_position BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    rows_received BIGINT NOT NULL,
    rejects BIGINT NOT NULL,
    damaged BIGINT NOT NULL,
    lost BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    UNIQUE (gateway, journal_id)
);

-- Samples, as blocks of columns (shared/batch/block.h), stored as they came: first_position is that
-- of the batch. journal_no 0: merged and de-duplicated by the rollup; there each row says its
-- journal. `part` counts blocks that share the rest of the key.
CREATE TABLE block (
    unit_id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    journal_no BIGINT NOT NULL,
    first_position BIGINT NOT NULL,
    part BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (unit_id, hour, journal_no, first_position, part)
);

-- Payloads that could not be decoded, as they were received.
CREATE TABLE reject (
    unit_id TEXT NOT NULL,
    received_ms BIGINT NOT NULL,
    journal_no BIGINT NOT NULL,
    position BIGINT NOT NULL,
    format BIGINT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    at_byte BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    PRIMARY KEY (unit_id, received_ms, journal_no, position)
);

-- Hours whose blocks changed since they were last rolled up; rows_new arrived since then.
CREATE TABLE rollup_queue (
    unit_id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    rows_new BIGINT NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (unit_id, hour)
);
CREATE INDEX rollup_queue_since ON rollup_queue (since_ms);

-- What a unit did in an hour (registry/rollup/activity.h has the formulas). rows_received counts
-- every row that ever arrived for the hour, rows_unique those that are left after de-duplication;
-- last_sample is a block of one row: where the next hour begins.
CREATE TABLE unit_hour (
    unit_id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    rows_received BIGINT NOT NULL,
    rows_unique BIGINT NOT NULL,
    distance_m BIGINT NOT NULL,
    electric_m BIGINT NOT NULL,
    engine_ms BIGINT NOT NULL,
    operating_ms BIGINT NOT NULL,
    covered_ms BIGINT NOT NULL,
    discharged_mwh BIGINT NOT NULL,
    charged_mwh BIGINT NOT NULL,
    fuel_ul BIGINT NOT NULL,
    gaps BIGINT NOT NULL,
    gap_ms BIGINT NOT NULL,
    anomalies BIGINT NOT NULL,
    rpm_max BIGINT NOT NULL,
    clock_ahead_ms BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    last_sample BYTEA NOT NULL,
    PRIMARY KEY (unit_id, hour)
);
CREATE INDEX unit_hour_hour ON unit_hour (hour);

-- Sums over a unit's rolled-up hours, kept in the same transaction as those.
CREATE TABLE unit_total (
    unit_id TEXT NOT NULL PRIMARY KEY,
    hours BIGINT NOT NULL,
    rows_received BIGINT NOT NULL,
    rows_unique BIGINT NOT NULL,
    last_ms BIGINT NOT NULL
);
