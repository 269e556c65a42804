-- What was known when. The counts hold the present truth; count_change holds each of their changes by
-- the instant at which it was recorded, so that the counts as they were known at an instant are the
-- present ones less what was recorded after it. late: it was recorded on a later day than the one
-- it is about, which is all that can change a figure of a day that is over.
CREATE TABLE count_change (
    late BIGINT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    measure BIGINT NOT NULL,
    dim BIGINT NOT NULL,
    day BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (late, recorded_ms, measure, dim, day)
);

-- The register's own time, in one row: when its first and its last change were recorded. Every
-- transaction takes it first and is recorded later than all before it, whatever the clock says.
-- count_change has what was recorded after counted_ms; what was known before that is counted from
-- the versions.
CREATE TABLE register_head (
    one BIGINT NOT NULL PRIMARY KEY,
    begun_ms BIGINT NOT NULL,
    recorded_ms BIGINT NOT NULL,
    counted_ms BIGINT NOT NULL
);
INSERT INTO register_head (one, begun_ms, recorded_ms, counted_ms)
SELECT 1, COALESCE(MIN(v.recorded_at), 0), COALESCE(MAX(v.recorded_at), 0),
       COALESCE(MAX(v.recorded_at), 0)
FROM (SELECT recorded_at FROM vehicle_version
      UNION ALL SELECT recorded_at FROM org_version
      UNION ALL SELECT recorded_at FROM exemption_version) AS v;
