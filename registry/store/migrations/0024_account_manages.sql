-- An organisation's own people: an account of a department or an enterprise may manage the others of it.
ALTER TABLE account ADD COLUMN manages BIGINT NOT NULL DEFAULT 0;
CREATE INDEX account_org ON account (org, name);
