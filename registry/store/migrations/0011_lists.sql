-- Transfers are changes of owner in a span of days: they are looked for by the day they hold from.
CREATE INDEX vehicle_version_from ON vehicle_version (valid_from, vehicle_id);
