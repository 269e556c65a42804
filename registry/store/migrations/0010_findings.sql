-- Findings: where register, reports and telemetry disagree; what they are made of, and who decided.
-- Days are days since 1970-01-01 in UTC+8, instants are milliseconds since 1970.

-- Two columns of the register that are worth a look against the rest: the number under which the
-- maker disclosed the type's emissions, and the make. NULL when not given.
ALTER TABLE vehicle_version ADD COLUMN disclosure_no TEXT;
ALTER TABLE vehicle_version ADD COLUMN make TEXT;

-- What the samples of an hour say beyond activity (registry/rollup/signals.h has the formulas).
-- Written with unit_hour. The box is NULL in an hour without a position.
CREATE TABLE unit_hour_signal (
    unit_id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    clock_behind_ms BIGINT NOT NULL,
    battery_rows BIGINT NOT NULL,
    mode_rows BIGINT NOT NULL,
    running_rows BIGINT NOT NULL,
    fuel_rows BIGINT NOT NULL,
    nox_rows BIGINT NOT NULL,
    nox_sum BIGINT NOT NULL,
    urea_rows BIGINT NOT NULL,
    urea_max BIGINT NOT NULL,
    mil_rows BIGINT NOT NULL,
    mil_on BIGINT NOT NULL,
    frozen_m BIGINT NOT NULL,
    odo_back_m BIGINT NOT NULL,
    odo_backs BIGINT NOT NULL,
    jump_m BIGINT NOT NULL,
    jump_kmh BIGINT NOT NULL,
    lat_min BIGINT,
    lat_max BIGINT,
    lon_min BIGINT,
    lon_max BIGINT,
    PRIMARY KEY (unit_id, hour)
);

-- The same by civil day, with what unit_hour has: made anew from the hours when one of them changed,
-- so that a window of months is a read of some dozen rows.
CREATE TABLE unit_day (
    unit_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    rows_unique BIGINT NOT NULL,
    distance_m BIGINT NOT NULL,
    electric_m BIGINT NOT NULL,
    engine_ms BIGINT NOT NULL,
    operating_ms BIGINT NOT NULL,
    fuel_ul BIGINT NOT NULL,
    rpm_max BIGINT NOT NULL,
    clock_ahead_ms BIGINT NOT NULL,
    clock_behind_ms BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    battery_rows BIGINT NOT NULL,
    mode_rows BIGINT NOT NULL,
    running_rows BIGINT NOT NULL,
    fuel_rows BIGINT NOT NULL,
    nox_rows BIGINT NOT NULL,
    nox_sum BIGINT NOT NULL,
    urea_rows BIGINT NOT NULL,
    urea_max BIGINT NOT NULL,
    mil_rows BIGINT NOT NULL,
    mil_on BIGINT NOT NULL,
    frozen_m BIGINT NOT NULL,
    odo_back_m BIGINT NOT NULL,
    odo_backs BIGINT NOT NULL,
    jump_m BIGINT NOT NULL,
    jump_kmh BIGINT NOT NULL,
    PRIMARY KEY (unit_id, day)
);

-- A finding is known by what it says (kind), about whom (subject) and which of several (about, ""
-- where there can be one only). cause is what it rests on in one line: an explanation holds as long
-- as it stays the same. decision: the last state that a person gave it, and the cause it was about.
CREATE TABLE finding (
    finding_no BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject_kind BIGINT NOT NULL,
    subject TEXT NOT NULL,
    about TEXT NOT NULL,
    state BIGINT NOT NULL,
    cause TEXT NOT NULL,
    evidence TEXT NOT NULL,
    first_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    reopened BIGINT NOT NULL,
    decision BIGINT NOT NULL,
    decided_cause TEXT NOT NULL,
    UNIQUE (kind, subject_kind, subject, about)
);
CREATE INDEX finding_subject ON finding (subject_kind, subject);
CREATE INDEX finding_state ON finding (state, kind);

-- Every change of state. author is "" for what the detectors did.
CREATE TABLE finding_history (
    finding_no BIGINT NOT NULL,
    step BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    state BIGINT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (finding_no, step)
);

-- Thresholds that somebody changed; the newest version counts.
CREATE TABLE finding_parameter (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    value BIGINT NOT NULL,
    source TEXT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (kind, name, version)
);

-- Whom to look at again, from when on. day: of a unit, the day whose hours changed; of a vehicle,
-- the day from which its new state holds.
CREATE TABLE finding_queue (
    subject_kind BIGINT NOT NULL,
    subject TEXT NOT NULL,
    day BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    PRIMARY KEY (subject_kind, subject, day)
);
CREATE INDEX finding_queue_due ON finding_queue (due_ms);

-- How far the walk over everybody is: once a day over what silence can change, and over the whole
-- register after a threshold was changed. phase: 0 done, 1 bound units, 2 vehicles.
CREATE TABLE finding_sweep (
    sweep_no BIGINT NOT NULL PRIMARY KEY,
    day BIGINT NOT NULL,
    phase BIGINT NOT NULL,
    reached TEXT NOT NULL
);
INSERT INTO finding_sweep (sweep_no, day, phase, reached) VALUES (1, 0, 2, '');

-- Who else carries a vehicle's number, and the removal alarms of a unit.
CREATE INDEX unit_vin_vin ON unit_vin (vin);
CREATE INDEX unit_event_tamper ON unit_event (unit_id, at_ms) WHERE kind = 7;

-- What was stored before this table was there.
INSERT INTO finding_queue (subject_kind, subject, day, due_ms)
SELECT 2, unit_id, (hour + 8) / 24, 0 FROM unit_hour WHERE hour >= 0 GROUP BY unit_id, (hour + 8) / 24;
