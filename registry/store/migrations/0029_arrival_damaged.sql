-- Arrivals of which a block cannot be read, as they were: what was acknowledged is not thrown away.
CREATE TABLE arrival_damaged (
    journal_no BIGINT NOT NULL,
    first_position BIGINT NOT NULL,
    arrived_ms BIGINT NOT NULL,
    first_hour BIGINT NOT NULL,
    hours BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (journal_no, first_position)
);
