-- only postgresql
-- PostgreSQL keeps blocks in partitions by month (of UTC+8), so that old ones can be dropped whole:
-- registry/store/store_partitions.h makes and drops them. What was there before becomes the first
-- partition as it is; block_rest takes what is ahead of the months that were made. SQLite has one
-- table. A statement that begins with "-- only" is for that database alone.
ALTER TABLE block RENAME TO block_before;

-- only postgresql
ALTER TABLE block_before RENAME CONSTRAINT block_pkey TO block_before_pkey;

-- only postgresql
CREATE TABLE block (
    LIKE block_before,
    PRIMARY KEY (unit_id, hour, journal_no, first_position, part)
) PARTITION BY RANGE (hour);

-- only postgresql
CREATE TABLE block_rest PARTITION OF block DEFAULT;

-- only postgresql
DO $$
DECLARE
    this_month TIMESTAMP := date_trunc('month', now() AT TIME ZONE 'UTC' + interval '8 hours')
  ; from_month TIMESTAMP := this_month
  ; from_hour BIGINT
  ; BEGIN
    IF EXISTS (SELECT 1 FROM block_before) THEN from_month := this_month + interval '1 month'
  ; END IF
  ; from_hour := extract(epoch FROM from_month - interval '8 hours') / 3600
  ; WITH moved AS (DELETE FROM block_before WHERE hour >= from_hour RETURNING *)
    INSERT INTO block_rest SELECT * FROM moved
  ; EXECUTE format('ALTER TABLE block ATTACH PARTITION block_before FOR VALUES FROM (MINVALUE) TO (%s)', from_hour)
  ; END $$;
