-- The hours in which an engine ran or fuel was burned: for a vehicle that is declared electric they
-- are few, and finding that there is none must not walk its other hours.
CREATE INDEX unit_hour_burned ON unit_hour (unit_id, hour) WHERE engine_ms > 0 OR fuel_ul > 0;
