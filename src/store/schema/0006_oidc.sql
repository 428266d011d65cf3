-- OpenID Connect, both ways: providers whose tokens an account accepts, and accounts that issue tokens.

CREATE TABLE oidc_provider ( -- an entity of kind 8, whose name is the URL without its scheme
    id          TEXT PRIMARY KEY,
    url         TEXT NOT NULL, -- what `iss` must say, byte for byte
    thumbprints TEXT NOT NULL  -- 40 hexadecimal digits each, spaces between, or empty
) STRICT, WITHOUT ROWID;

CREATE TABLE oidc_client (
    provider_id TEXT NOT NULL,
    client_id   TEXT NOT NULL,
    position    INTEGER NOT NULL, -- they are shown as they were given
    PRIMARY KEY (provider_id, client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE token_issuer ( -- accounts that issue, or did
    account   INTEGER PRIMARY KEY,
    issuer_id TEXT NOT NULL UNIQUE, -- a UUID in the issuer's URL that never changes
    enabled   INTEGER NOT NULL,     -- 1 or 0
    created_s INTEGER NOT NULL
) STRICT;

CREATE TABLE token_key ( -- what they sign with, the newest of an algorithm
    kid       TEXT PRIMARY KEY,
    account   INTEGER NOT NULL,
    alg       TEXT NOT NULL,    -- "RS256", "ES384"
    created_s INTEGER NOT NULL,
    retired_s INTEGER,          -- when another took its place. Published a while longer
    wrapped   BLOB NOT NULL,    -- the private key under the master key
    jwk       TEXT NOT NULL     -- the public one
) STRICT, WITHOUT ROWID;
CREATE INDEX token_key_by_account ON token_key (account);
