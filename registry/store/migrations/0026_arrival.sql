-- The samples of batches as they came, one row a batch, until they are sorted into blocks by unit and
-- hour (registry/ingest/sorting.h). bytes: registry/ingest/arrival.h; hours: how many blocks; first_hour:
-- the oldest of them.
CREATE TABLE arrival (
    journal_no BIGINT NOT NULL,
    first_position BIGINT NOT NULL,
    arrived_ms BIGINT NOT NULL,
    first_hour BIGINT NOT NULL,
    hours BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (journal_no, first_position)
);

-- only postgresql
-- They are small already, and gone in a moment.
ALTER TABLE arrival ALTER COLUMN bytes SET STORAGE EXTERNAL;
