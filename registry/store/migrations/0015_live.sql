-- When something last happened to any finding.
CREATE INDEX finding_history_at ON finding_history (at_ms);
