-- Deletions of service-linked roles, and organizations.

-- A deletion is done, or refused, when it is asked for. What became of it can be read for a while.
CREATE TABLE deletion_task (
    id        TEXT PRIMARY KEY, -- "task/aws-service-role/SERVICE/ROLE/UUID"
    account   INTEGER NOT NULL,
    created_s INTEGER NOT NULL,
    reason    TEXT,             -- of a failure, absent when it succeeded
    resource  TEXT              -- ARN of what uses the role
) STRICT, WITHOUT ROWID;
CREATE INDEX deletion_task_by_age ON deletion_task (created_s);

CREATE TABLE organization (
    id         TEXT PRIMARY KEY, -- "o-..."
    root_id    TEXT NOT NULL,    -- "r-...", the one unit accounts stand in
    management INTEGER NOT NULL UNIQUE,
    features   INTEGER NOT NULL, -- bits of enum organization_feature
    created_s  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE organization_member ( -- the management account too
    account         INTEGER PRIMARY KEY,
    organization_id TEXT NOT NULL,
    joined_s        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX organization_member_by_organization
    ON organization_member (organization_id, account);
