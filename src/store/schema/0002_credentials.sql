-- What users hold beside access keys and passwords, and server certificates.

-- Signing certificates, SSH public keys, service-specific credentials: a few of each to a user.
CREATE TABLE credential (
    id          TEXT PRIMARY KEY, -- "APKA...", "ACCA...", of certificates 32 characters
    account     INTEGER NOT NULL,
    owner_id    TEXT NOT NULL,    -- unique id of the user, for root the twelve digits
    kind        INTEGER NOT NULL, -- enum credential_kind
    active      INTEGER NOT NULL, -- 1 or 0
    created_s   INTEGER NOT NULL,
    expires_s   INTEGER,
    about       TEXT NOT NULL,    -- fingerprint of a certificate or key, or the service
    body        TEXT NOT NULL,    -- certificate or key as uploaded, or a user name
    secret_hash BLOB              -- SHA-256 of a random password, which is shown once
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_by_owner ON credential (owner_id, kind, created_s, id);
CREATE INDEX credential_by_kind ON credential (account, kind, id);
CREATE INDEX credential_by_about ON credential (account, kind, about);

-- Server certificates are entities; their private keys are not kept.
CREATE TABLE server_certificate (
    id        TEXT PRIMARY KEY,
    body      TEXT NOT NULL, -- PEM as uploaded
    chain     TEXT,
    expires_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
