-- Figures that somebody enters by hand, each with its source: what the whole zone carried, how
-- charging grows, where the other regions of the province stand. Known by indicator, subject and
-- period; a correction is a new version. value is in thousandths of the indicator's unit
-- (registry/vehicles/vocabulary.h); until_day is the day after the period.
CREATE TABLE statistic_version (
    indicator BIGINT NOT NULL,
    subject TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT NOT NULL,
    version BIGINT NOT NULL,
    value BIGINT NOT NULL,
    source TEXT NOT NULL,
    published BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (indicator, subject, from_day, until_day, version)
);

-- Approved exceptions to rules that hold in principle. until_day is the first day on which one
-- holds no more; the newest version of a key counts.
CREATE TABLE exception_version (
    rule TEXT NOT NULL,
    subject_kind BIGINT NOT NULL,
    subject TEXT NOT NULL,
    document TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    version BIGINT NOT NULL,
    until_day BIGINT NOT NULL,
    approved BIGINT NOT NULL,
    approved_by TEXT NOT NULL,
    evidence TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (rule, subject_kind, subject, document, from_day, version)
);

-- Enterprises are asked for by what they are.
CREATE INDEX org_version_industry ON org_version (industry, org_id);
CREATE INDEX org_version_status ON org_version (project_status, org_id);
CREATE INDEX org_version_bulk ON org_version (org_id) WHERE bulk_t_per_year > 0;
