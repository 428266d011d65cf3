-- SAML providers: entities with their metadata, and the private keys that open encrypted assertions.

CREATE TABLE saml_provider (
    id            TEXT PRIMARY KEY,
    uuid          TEXT NOT NULL,    -- SAMLProviderUUID
    metadata      TEXT NOT NULL,    -- byte for byte as submitted
    entity_id     TEXT NOT NULL,    -- what follows was read from it once
    certificates  TEXT NOT NULL,    -- base64 of DER, one a line
    valid_until_s INTEGER NOT NULL, -- 0: it sets no end
    encryption    INTEGER NOT NULL  -- 0 not said, 1 Allowed, 2 Required
) STRICT, WITHOUT ROWID;

CREATE TABLE saml_key (
    provider_id TEXT NOT NULL,
    key_id      TEXT NOT NULL,
    created_s   INTEGER NOT NULL,
    wrapped     BLOB NOT NULL, -- PEM under the master key
    PRIMARY KEY (provider_id, key_id)
) STRICT, WITHOUT ROWID;
