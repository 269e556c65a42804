-- The audit log: who changed what and who looked at what. Each entry holds the hash of the one
-- before it (registry/audit/audit.h has the form that is hashed), so none can be changed, put in
-- between or taken out unseen. Hashes are SHA-256 in lower-case hexadecimal. details is a JSON
-- object in canonical form.
CREATE TABLE audit_entry (
    number BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    who TEXT NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_entry_at ON audit_entry (at_ms);
CREATE INDEX audit_entry_who ON audit_entry (who, number);
CREATE INDEX audit_entry_subject ON audit_entry (subject, number);

-- The last entry. Its one row is changed last in every transaction that appends, so that writers
-- queue at it and nowhere else.
CREATE TABLE audit_head (
    chain BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (chain, number, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
