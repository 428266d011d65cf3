-- Accounts and what stands in them. Rules are kept by src/model/, here are shapes and keys only.
--
-- Written for accounts with a million users: no query of a request counts or sorts a whole table.
-- Columns ending in _s are unix seconds. `name_key` and `key_fold` are the ASCII lower-case forms
-- that names and tag keys are unique by. The form written is kept beside them.

CREATE TABLE account (
    account   INTEGER PRIMARY KEY, -- the twelve digits as a number, 0 is AWS itself
    name      TEXT NOT NULL,
    alias     TEXT UNIQUE,         -- unique over all accounts, already lower case
    created_s INTEGER NOT NULL
) STRICT;

CREATE TABLE quota ( -- only what differs from AWS's default
    account INTEGER NOT NULL,
    name    TEXT NOT NULL, -- "UsersPerAccount"
    value   INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- How many there are, so that a quota check is one look-up. `what` is "users", "groups", "roles",
-- "policies", "profiles", "versions" (of policies), the unique id of a policy (its attachments) or
-- that id with "/boundary" behind (its uses as a permissions boundary).
CREATE TABLE counter (
    account INTEGER NOT NULL,
    what    TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (account, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE entity ( -- stands in name order: a look-up by name reads one leaf, a listing a few
    id          TEXT NOT NULL,     -- "AIDA...", never used twice
    account     INTEGER NOT NULL,
    kind        INTEGER NOT NULL,  -- enum entity_kind
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,
    path        TEXT NOT NULL,
    created_s   INTEGER NOT NULL,
    boundary_id TEXT,              -- policy that is the permissions boundary
    PRIMARY KEY (account, kind, name_key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entity_by_id ON entity (id);
CREATE INDEX entity_by_boundary ON entity (boundary_id, account, kind, name_key)
    WHERE boundary_id IS NOT NULL;

-- Ids of what was deleted: a new id is never one of them, so nothing that still names an old id
-- (a session, a trust policy, a trail) can come to mean something else.
CREATE TABLE retired_id (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE role (
    id               TEXT PRIMARY KEY,
    trust            TEXT NOT NULL, -- byte for byte as submitted
    description      TEXT,
    max_session_s    INTEGER NOT NULL,
    last_used_s      INTEGER,
    last_used_region TEXT
) STRICT, WITHOUT ROWID;

-- What an ARN in a trust policy meant when it was written: evaluation compares ids.
CREATE TABLE principal_binding (
    entity_id TEXT NOT NULL,
    arn       TEXT NOT NULL,
    unique_id TEXT NOT NULL,
    PRIMARY KEY (entity_id, arn)
) STRICT, WITHOUT ROWID;

CREATE TABLE managed_policy (
    id              TEXT PRIMARY KEY,
    description     TEXT,
    default_version INTEGER NOT NULL,
    next_version    INTEGER NOT NULL, -- version numbers are never used twice
    updated_s       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_version (
    policy_id TEXT NOT NULL,
    version   INTEGER NOT NULL,
    document  TEXT NOT NULL, -- byte for byte as submitted
    created_s INTEGER NOT NULL,
    PRIMARY KEY (policy_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE inline_policy (
    entity_id TEXT NOT NULL,
    name_key  TEXT NOT NULL,
    name      TEXT NOT NULL,
    document  TEXT NOT NULL, -- byte for byte as submitted
    PRIMARY KEY (entity_id, name_key)
) STRICT, WITHOUT ROWID;

-- `kind` and `entity_key` repeat the entity's kind and name_key, so that the entities of a policy
-- list in name order without a sort.
CREATE TABLE attachment (
    entity_id  TEXT NOT NULL,
    policy_id  TEXT NOT NULL,
    account    INTEGER NOT NULL, -- the entity's: AWS's own policies are attached in every account
    kind       INTEGER NOT NULL,
    entity_key TEXT NOT NULL,
    PRIMARY KEY (entity_id, policy_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_by_policy ON attachment (policy_id, account, kind, entity_key);

-- `user_key` repeats the user's name_key, for the same reason.
CREATE TABLE membership (
    group_id TEXT NOT NULL,
    user_key TEXT NOT NULL,
    user_id  TEXT NOT NULL,
    PRIMARY KEY (group_id, user_key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX membership_by_user ON membership (user_id, group_id);

CREATE TABLE profile_role (
    profile_id TEXT PRIMARY KEY, -- an instance profile holds one role at most
    role_id    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_role_by_role ON profile_role (role_id);

CREATE TABLE tag (
    entity_id TEXT NOT NULL,
    key_fold  TEXT NOT NULL,
    key       TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (entity_id, key_fold)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_key (
    id                TEXT PRIMARY KEY, -- "AKIA..."
    account           INTEGER NOT NULL,
    owner_id          TEXT NOT NULL,    -- unique id of the user, for root the twelve digits
    active            INTEGER NOT NULL, -- 1 or 0
    created_s         INTEGER NOT NULL,
    wrapped           BLOB NOT NULL,    -- the secret under the master key
    last_used_s       INTEGER,
    last_used_service TEXT,
    last_used_region  TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX access_key_by_owner ON access_key (owner_id);
