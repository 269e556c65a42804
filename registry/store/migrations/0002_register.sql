-- The register: owners, vehicles and machines, exemptions, bindings, and the counts made of them.
-- Days are days since 1970-01-01; the day 84006 (2200-01-01) is "no end". Words are numbers:
-- registry/vehicles/vocabulary.h has the lists. Nothing is overwritten: a version says what holds
-- from its day on, and the state as of a day is the version with the greatest (valid_from, version)
-- not after it.

CREATE TABLE org_version (
    org_id TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    kind BIGINT NOT NULL,
    industry BIGINT NOT NULL,
    project_status BIGINT NOT NULL,
    bulk_t_per_year BIGINT,
    siding BIGINT NOT NULL,
    pipeline BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (org_id, valid_from, version)
);

-- removed is the first day out of the fleet. plate and unit are NULL when there is none.
CREATE TABLE vehicle_version (
    vehicle_id TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    version BIGINT NOT NULL,
    plate TEXT,
    category BIGINT NOT NULL,
    energy BIGINT NOT NULL,
    stage BIGINT NOT NULL,
    owner_id TEXT NOT NULL,
    area TEXT NOT NULL,
    built_up BIGINT NOT NULL,
    first_registered BIGINT,
    added BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    unit TEXT,
    recorded_at BIGINT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (vehicle_id, valid_from, version)
);
CREATE INDEX vehicle_version_plate ON vehicle_version (plate) WHERE plate IS NOT NULL;
CREATE INDEX vehicle_version_owner ON vehicle_version (owner_id, vehicle_id);
CREATE INDEX vehicle_version_unit ON vehicle_version (unit) WHERE unit IS NOT NULL;
CREATE INDEX vehicle_version_added ON vehicle_version (added);

-- until_day is the first day on which it holds no more. The newest version of a key counts.
CREATE TABLE exemption_version (
    vehicle_id TEXT NOT NULL,
    reason BIGINT NOT NULL,
    document TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    version BIGINT NOT NULL,
    until_day BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (vehicle_id, reason, document, from_day, version)
);

-- Which vehicle a unit sits in, from valid_from to the day before valid_to: made of the unit column
-- of the versions while the vehicle is in the fleet. One vehicle a unit and one unit a vehicle on
-- any day.
CREATE TABLE unit_binding (
    unit_id TEXT NOT NULL,
    vehicle_id TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_to BIGINT NOT NULL,
    PRIMARY KEY (unit_id, valid_from)
);
CREATE INDEX unit_binding_vehicle ON unit_binding (vehicle_id, valid_from);

-- The combinations of dimensions that have occurred, and how many vehicles each has by day
-- (registry/store/store_counts.h). measure 1: in the fleet, 2: added. A month is year * 12 + month
-- - 1; its n is the running total at its end.
CREATE TABLE count_dim (
    dim BIGINT NOT NULL PRIMARY KEY,
    category BIGINT NOT NULL,
    area TEXT NOT NULL,
    built_up BIGINT NOT NULL,
    energy BIGINT NOT NULL,
    stage BIGINT NOT NULL,
    owner_kind BIGINT NOT NULL,
    exempt BIGINT NOT NULL,
    UNIQUE (category, area, built_up, energy, stage, owner_kind, exempt)
);
CREATE TABLE count_day (
    measure BIGINT NOT NULL,
    dim BIGINT NOT NULL,
    day BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (measure, dim, day)
);
CREATE TABLE count_month (
    measure BIGINT NOT NULL,
    dim BIGINT NOT NULL,
    month BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (measure, dim, month)
);
