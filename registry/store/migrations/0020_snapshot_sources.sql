-- What stands behind the figures that are not made of vehicles: trips, working time, enterprises, reports,
-- entered values, exceptions (CSV in gzip). NULL of statements that were made before it was listed.
ALTER TABLE snapshot ADD COLUMN sources BYTEA;
