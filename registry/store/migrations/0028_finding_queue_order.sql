-- Those that wait longest, in their order, without a look at all that wait.
DROP INDEX finding_queue_due;
CREATE INDEX finding_queue_due ON finding_queue (due_ms, subject_kind, subject);
