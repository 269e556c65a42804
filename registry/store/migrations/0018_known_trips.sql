-- Trips that came more than a day late: what can restate the figure of a day that is closed.
CREATE INDEX gate_trip_late ON gate_trip (recorded_at) WHERE recorded_at > at_ms + 86400000;
