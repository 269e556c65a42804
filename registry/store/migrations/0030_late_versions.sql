-- Corrections of vehicles that were recorded after the day that follows theirs (of UTC+8): what can restate
-- the figure of a day that is closed without changing a count. A first version always changes one.
CREATE INDEX vehicle_version_late ON vehicle_version (recorded_at, valid_from)
    WHERE version > 1 AND recorded_at >= (valid_from + 2) * 86400000 - 28800000;
