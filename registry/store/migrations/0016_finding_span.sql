-- The days as of which a finding that contradicts a vehicle's paper was so, both included: what the
-- figure of a day asks. Of one cause they neither overlap nor touch. Days as in 0002.
CREATE TABLE finding_span (
    finding_no BIGINT NOT NULL,
    cause TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    to_day BIGINT NOT NULL,
    PRIMARY KEY (finding_no, cause, from_day)
);
CREATE INDEX finding_span_to ON finding_span (to_day, finding_no);

-- The trips of the vehicles that telemetry or findings know.
CREATE INDEX gate_trip_matched ON gate_trip (matched, at_ms) WHERE matched <> '';

-- What was found before this table was there. What the register itself says lasts while it stands.
INSERT INTO finding_span (finding_no, cause, from_day, to_day)
SELECT finding_no, cause, (last_ms + 28800000) / 86400000, (last_ms + 28800000) / 86400000 + 89
FROM finding WHERE kind IN ('electric-with-engine', 'combustion-without-engine', 'plugin-on-fuel');
INSERT INTO finding_span (finding_no, cause, from_day, to_day)
SELECT finding_no, cause, (first_ms + 28800000) / 86400000,
    CASE WHEN state = 4 THEN (last_ms + 28800000) / 86400000 ELSE 84006 END
FROM finding WHERE kind IN ('plate-energy', 'stage-date', 'disclosure-stage', 'maker-electric');
