-- How full the journals of gateways are, as each gateway says of itself. minutes: of the rate at that
-- time, for which there is room; NULL while nothing comes in. waiting: messages not delivered yet.
CREATE TABLE journal_room (
    gateway TEXT NOT NULL,
    name TEXT NOT NULL,
    used_bytes BIGINT NOT NULL,
    budget_bytes BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    minutes BIGINT,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (gateway, name)
);
