-- Terminals: units as somebody administers them. A unit may send without standing here, unless its
-- gateway lets only registered ones in.

-- denied_ms: since when gateways refuse the unit, whatever its certificate; 0: they do not. changes:
-- how often the row was changed.
CREATE TABLE terminal (
    unit_id TEXT NOT NULL PRIMARY KEY,
    registered_ms BIGINT NOT NULL,
    author TEXT NOT NULL,
    denied_ms BIGINT NOT NULL,
    changes BIGINT NOT NULL
);

-- What a unit asked an authority to sign, and what came of it: certificate is '' and serial '' until
-- it was signed; serial is in hexadecimal digits. revoked_ms 0: it counts.
CREATE TABLE unit_certificate (
    unit_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    request TEXT NOT NULL,
    key_kind TEXT NOT NULL,
    requested_ms BIGINT NOT NULL,
    author TEXT NOT NULL,
    certificate TEXT NOT NULL,
    serial TEXT NOT NULL,
    issued_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    revoked_ms BIGINT NOT NULL,
    PRIMARY KEY (unit_id, number)
);
