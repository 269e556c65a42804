-- What units are to report, by name and by the category of the vehicle: the signals' names with commas
-- between. What is NULL for a unit is its category's, and what is NULL there is not set.
ALTER TABLE unit_setting ADD COLUMN signals TEXT;
CREATE TABLE category_setting (
    category BIGINT NOT NULL PRIMARY KEY,
    interval_s BIGINT,
    signals TEXT
);
