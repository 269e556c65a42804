-- The vehicles of a category, stage by stage, the oldest first: so an order of replacement begins without reading the
-- others.
CREATE INDEX vehicle_version_age ON vehicle_version (category, stage, first_registered, vehicle_id);
