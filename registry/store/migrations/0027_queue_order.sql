-- The oldest hours that wait, in their order: those that were sorted together have one since_ms.
DROP INDEX rollup_queue_since;
CREATE INDEX rollup_queue_since ON rollup_queue (since_ms, unit_id, hour);
