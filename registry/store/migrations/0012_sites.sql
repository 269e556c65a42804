-- Sites and gates. Versions, days and "no end" as in 0002; degrees are 10⁻⁷ of one, tonnes 0.1 t.

-- What a site is from valid_from on. org_id is '' for a built-up area. polygon is WKT, lon lat; the
-- box around it is rounded outwards. An empty polygon: the site is closed.
CREATE TABLE site_version (
    site_id TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    version BIGINT NOT NULL,
    org_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind BIGINT NOT NULL,
    polygon TEXT NOT NULL,
    lon_min BIGINT NOT NULL,
    lat_min BIGINT NOT NULL,
    lon_max BIGINT NOT NULL,
    lat_max BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (site_id, valid_from, version)
);
CREATE INDEX site_version_org ON site_version (org_id, site_id);

-- One row: how often sites were changed. Who keeps their geometry in memory looks here.
CREATE TABLE site_changes (
    only_row BIGINT NOT NULL PRIMARY KEY,
    changes BIGINT NOT NULL
);
INSERT INTO site_changes (only_row, changes) VALUES (1, 0);

-- Hours that a change of a site concerns and that are still to be put into rollup_queue: those from
-- from_hour to before to_hour whose box meets this one, of units after after_unit.
CREATE TABLE site_reopen (
    site_id TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    version BIGINT NOT NULL,
    from_hour BIGINT NOT NULL,
    to_hour BIGINT NOT NULL,
    lon_min BIGINT NOT NULL,
    lat_min BIGINT NOT NULL,
    lon_max BIGINT NOT NULL,
    lat_max BIGINT NOT NULL,
    after_unit TEXT NOT NULL,
    PRIMARY KEY (site_id, valid_from, version)
);

-- Where a unit was in an hour (registry/sites/presence.h): the box of its positions (an hour without
-- any has lon_min > lon_max), operating time with a known place, that within built-up areas, and
-- the state with which the next hour begins.
CREATE TABLE unit_hour_place (
    unit_id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    lon_min BIGINT NOT NULL,
    lat_min BIGINT NOT NULL,
    lon_max BIGINT NOT NULL,
    lat_max BIGINT NOT NULL,
    located_ms BIGINT NOT NULL,
    built_up_ms BIGINT NOT NULL,
    state BYTEA NOT NULL,
    PRIMARY KEY (unit_id, hour)
);

CREATE TABLE unit_hour_site (
    unit_id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    site_id TEXT NOT NULL,
    inside_ms BIGINT NOT NULL,
    operating_ms BIGINT NOT NULL,
    engine_ms BIGINT NOT NULL,
    PRIMARY KEY (unit_id, hour, site_id)
);
CREATE INDEX unit_hour_site_site ON unit_hour_site (site_id, hour);

-- Visits that ended; `hour` is the one in which that was found. The times of those that go on
-- stand in site_presence, one row a unit and site.
CREATE TABLE site_visit (
    unit_id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    site_id TEXT NOT NULL,
    entered_ms BIGINT NOT NULL,
    left_ms BIGINT NOT NULL,
    PRIMARY KEY (unit_id, hour, site_id, entered_ms)
);
CREATE INDEX site_visit_site ON site_visit (site_id, left_ms);
CREATE INDEX site_visit_left ON site_visit (unit_id, left_ms);
CREATE TABLE site_presence (
    unit_id TEXT NOT NULL,
    site_id TEXT NOT NULL,
    entered_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (unit_id, site_id)
);
CREATE INDEX site_presence_site ON site_presence (site_id);

-- Sums of unit_hour_place and of unit_hour.operating_ms by day, kept in the same transaction.
CREATE TABLE unit_day_place (
    unit_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    operating_ms BIGINT NOT NULL,
    located_ms BIGINT NOT NULL,
    built_up_ms BIGINT NOT NULL,
    PRIMARY KEY (unit_id, day)
);

-- Vehicles whose attribution is to be found anew, and what it is: days on which telemetry says where
-- a vehicle belongs, beside what the register says (registry/sites/attribution.h).
CREATE TABLE built_up_queue (
    vehicle_id TEXT NOT NULL PRIMARY KEY,
    since_ms BIGINT NOT NULL
);
CREATE INDEX built_up_queue_since ON built_up_queue (since_ms);
CREATE TABLE vehicle_built_up (
    vehicle_id TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT NOT NULL,
    derived BIGINT NOT NULL,
    declared BIGINT NOT NULL,
    PRIMARY KEY (vehicle_id, from_day)
);
CREATE INDEX vehicle_built_up_differs ON vehicle_built_up (to_day) WHERE derived <> declared;

-- The gate ledger. mark is what names the vehicle: its plate, or vehicle_id when it has none. What
-- the ledger declares stands in vehicle_id, energy, stage (0: nothing); what the register said of
-- the vehicle on that day in matched ('' : not in the register), used_energy, used_stage, which are
-- the declared ones when it is not matched. tonnes is NULL when the ledger has none.
CREATE TABLE gate_trip (
    site_id TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    gate TEXT NOT NULL,
    direction BIGINT NOT NULL,
    mark TEXT NOT NULL,
    plate TEXT NOT NULL,
    vehicle_id TEXT NOT NULL,
    energy BIGINT NOT NULL,
    stage BIGINT NOT NULL,
    cargo TEXT NOT NULL,
    tonnes BIGINT,
    fleet TEXT NOT NULL,
    licence TEXT NOT NULL,
    photo TEXT NOT NULL,
    matched TEXT NOT NULL,
    used_energy BIGINT NOT NULL,
    used_stage BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (site_id, at_ms, gate, direction, mark)
);
CREATE INDEX gate_trip_mark ON gate_trip (mark, at_ms);
CREATE INDEX gate_trip_vehicle ON gate_trip (vehicle_id, at_ms) WHERE vehicle_id <> '';
CREATE INDEX gate_trip_unmatched ON gate_trip (site_id, at_ms) WHERE matched = '';

-- What a trip's row said before it was corrected.
CREATE TABLE gate_trip_replaced (
    site_id TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    gate TEXT NOT NULL,
    direction BIGINT NOT NULL,
    mark TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    replaced_at BIGINT NOT NULL,
    vehicle_id TEXT NOT NULL,
    energy BIGINT NOT NULL,
    stage BIGINT NOT NULL,
    cargo TEXT NOT NULL,
    tonnes BIGINT,
    author TEXT NOT NULL,
    PRIMARY KEY (site_id, at_ms, gate, direction, mark, recorded_at)
);

-- Sums of trips by site and day (UTC+8), kept with them. matched: 1 those of vehicles in the
-- register; energy and stage are the used ones; `loaded` counts trips with cargo of more than 0 t.
CREATE TABLE gate_day (
    site_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    direction BIGINT NOT NULL,
    matched BIGINT NOT NULL,
    energy BIGINT NOT NULL,
    stage BIGINT NOT NULL,
    trips BIGINT NOT NULL,
    loaded BIGINT NOT NULL,
    tonnes BIGINT NOT NULL,
    PRIMARY KEY (site_id, day, direction, matched, energy, stage)
);

-- Vehicles whose register changed after trips of theirs came: those are matched again.
CREATE TABLE gate_rematch (
    vehicle_id TEXT NOT NULL PRIMARY KEY,
    since_ms BIGINT NOT NULL
);
