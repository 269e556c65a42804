-- Freight reports of enterprises. A report is known by enterprise and period ("2025-06" or
-- "2025-Q2"). A month is year * 12 + month - 1. Tonnes and kilometres are integers of 0.1; km -1 is
-- "not known". Words are numbers: registry/vehicles/vocabulary.h has the lists.

-- version: the newest; accepted: the one in force, 0 when none was accepted yet. revision counts every
-- change of the report: who changes it says which one he saw.
CREATE TABLE freight_report (
    org_id TEXT NOT NULL,
    period TEXT NOT NULL,
    first_month BIGINT NOT NULL,
    months BIGINT NOT NULL,
    state BIGINT NOT NULL,
    version BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, period)
);
CREATE INDEX freight_report_month ON freight_report (first_month, org_id);

-- The months a report speaks for. The key keeps a second report from speaking for one of them: no
-- tonne is counted twice.
CREATE TABLE freight_month (
    org_id TEXT NOT NULL,
    month BIGINT NOT NULL,
    period TEXT NOT NULL,
    PRIMARY KEY (org_id, month)
);

-- The head of each version. A version that was submitted (submitted_at is not 0) is never changed
-- again, and none is ever deleted. output_t and throughput_t are NULL when they were not given.
CREATE TABLE freight_version (
    org_id TEXT NOT NULL,
    period TEXT NOT NULL,
    version BIGINT NOT NULL,
    no_activity BIGINT NOT NULL,
    output_t BIGINT,
    throughput_t BIGINT,
    contact TEXT NOT NULL,
    responsible TEXT NOT NULL,
    explanation TEXT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    submitter TEXT NOT NULL,
    submitted_at BIGINT NOT NULL,
    accepter TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, period, version)
);

CREATE TABLE freight_line (
    org_id TEXT NOT NULL,
    period TEXT NOT NULL,
    version BIGINT NOT NULL,
    line BIGINT NOT NULL,
    commodity BIGINT NOT NULL,
    note TEXT NOT NULL,
    direction BIGINT NOT NULL,
    mode BIGINT NOT NULL,
    tonnes BIGINT NOT NULL,
    km BIGINT NOT NULL,
    container BIGINT NOT NULL,
    counterpart TEXT NOT NULL,
    leg BIGINT NOT NULL,
    station TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (org_id, period, version, line)
);

-- Who did what to a report, when and why.
CREATE TABLE freight_event (
    org_id TEXT NOT NULL,
    period TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    author TEXT NOT NULL,
    action BIGINT NOT NULL,
    from_state BIGINT NOT NULL,
    to_state BIGINT NOT NULL,
    version BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (org_id, period, number)
);

-- The main legs of the versions in force, summed: written in the transaction that accepts a version.
-- counterpart is kept where it can be an enterprise's id. tonne_km is in 0.01 t·km, of the lines whose
-- distance is known.
CREATE TABLE freight_sum (
    org_id TEXT NOT NULL,
    first_month BIGINT NOT NULL,
    months BIGINT NOT NULL,
    commodity BIGINT NOT NULL,
    mode BIGINT NOT NULL,
    direction BIGINT NOT NULL,
    container BIGINT NOT NULL,
    km BIGINT NOT NULL,
    counterpart TEXT NOT NULL,
    tonnes BIGINT NOT NULL,
    tonne_km BIGINT NOT NULL,
    PRIMARY KEY (org_id, first_month, months, commodity, mode, direction, container, km, counterpart)
);
CREATE INDEX freight_sum_month ON freight_sum (first_month);

-- Evidence of a report. The bytes stand once under their SHA-256 (hex), whoever sent them.
CREATE TABLE freight_file (
    org_id TEXT NOT NULL,
    period TEXT NOT NULL,
    number BIGINT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    type BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    author TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (org_id, period, number)
);
CREATE TABLE freight_blob (
    digest TEXT NOT NULL PRIMARY KEY,
    content BYTEA NOT NULL
);
