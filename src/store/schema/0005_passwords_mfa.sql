-- What people sign in with: passwords and virtual MFA devices. Owners are unique ids of users, or
-- an account's twelve digits for its root.

CREATE TABLE password_policy ( -- no row: AWS's default policy holds
    account         INTEGER PRIMARY KEY,
    min_length      INTEGER NOT NULL,
    require_symbols INTEGER NOT NULL,
    require_numbers INTEGER NOT NULL,
    require_upper   INTEGER NOT NULL,
    require_lower   INTEGER NOT NULL,
    users_change    INTEGER NOT NULL, -- every user may change his own password
    max_age_days    INTEGER NOT NULL, -- 0: they do not expire
    reuse           INTEGER NOT NULL, -- how many of the last ones may not come again
    hard_expiry     INTEGER NOT NULL  -- an expired one is replaced by an administrator only
) STRICT;

CREATE TABLE login_profile (
    owner_id       TEXT PRIMARY KEY,
    account        INTEGER NOT NULL,
    wrapped        BLOB NOT NULL,    -- Argon2id hash under the master key
    created_s      INTEGER NOT NULL,
    changed_s      INTEGER NOT NULL, -- of the password
    reset_required INTEGER NOT NULL,
    last_used_s    INTEGER           -- of the password, at sign-in
) STRICT, WITHOUT ROWID;

-- Hashes of passwords that were replaced, the last 23 of each owner.
CREATE TABLE password_history (
    owner_id TEXT NOT NULL,
    number   INTEGER NOT NULL, -- counts up
    wrapped  BLOB NOT NULL,
    PRIMARY KEY (owner_id, number)
) STRICT, WITHOUT ROWID;

-- A virtual MFA device is an entity (name, path, tags) and this.
CREATE TABLE mfa_device (
    id          TEXT PRIMARY KEY, -- the entity's
    wrapped     BLOB NOT NULL,    -- seed under the master key
    owner_id    TEXT,             -- who it is enabled for
    enabled_s   INTEGER,
    drift_steps INTEGER NOT NULL, -- its clock is so many steps of thirty seconds ahead
    last_step   INTEGER NOT NULL  -- of the last code accepted: that and older ones are refused
) STRICT, WITHOUT ROWID;
CREATE INDEX mfa_device_by_owner ON mfa_device (owner_id, enabled_s) WHERE owner_id IS NOT NULL;
