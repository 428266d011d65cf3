-- Reports from real use: who used which service, the credential report, reports of last access.

-- When a user or role last used an action of a service, to the quarter of an hour; denied attempts
-- count. A service that does not tell its actions apart uses ''.
CREATE TABLE service_use (
    entity_id TEXT NOT NULL,
    service   TEXT NOT NULL, -- its namespace: "iam"
    action    TEXT NOT NULL, -- "GetUser"
    used_s    INTEGER NOT NULL,
    region    TEXT NOT NULL,
    PRIMARY KEY (entity_id, service, action)
) STRICT, WITHOUT ROWID;

-- The account's newest credential report, whole or in the making.
CREATE TABLE credential_report (
    account     INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL, -- which making of it: parts of an older one are refused
    progress_s  INTEGER NOT NULL, -- when the last part came: one that stands still is begun anew
    generated_s INTEGER NOT NULL, -- 0: not whole yet
    bytes       INTEGER NOT NULL, -- of all parts
    parts       INTEGER NOT NULL
) STRICT;

CREATE TABLE credential_report_part (
    account INTEGER NOT NULL,
    part    INTEGER NOT NULL, -- from 0
    csv     TEXT NOT NULL,
    PRIMARY KEY (account, part)
) STRICT, WITHOUT ROWID;

-- Jobs of GenerateServiceLastAccessedDetails and what they found.
CREATE TABLE access_report (
    job_id       TEXT PRIMARY KEY,
    account      INTEGER NOT NULL,
    owner_id     TEXT NOT NULL,    -- who asked: nobody else may read it
    entity_id    TEXT NOT NULL,    -- what about
    action_level INTEGER NOT NULL, -- 1: actions, too
    created_s    INTEGER NOT NULL,
    completed_s  INTEGER NOT NULL, -- 0: at work
    failed       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_report_by_age ON access_report (created_s);

CREATE TABLE access_report_service ( -- a line for each service in reach, and each action used
    job_id    TEXT NOT NULL,
    service   TEXT NOT NULL,
    action    TEXT NOT NULL,    -- '' is the service itself
    name      TEXT NOT NULL,    -- of the service
    used_s    INTEGER NOT NULL, -- 0: never
    entity_id TEXT NOT NULL,    -- who used it last
    region    TEXT NOT NULL,
    entities  INTEGER NOT NULL, -- how many used it
    PRIMARY KEY (job_id, service, action)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_report_entity ( -- who the entity's policies hold for
    job_id     TEXT NOT NULL,
    entity_key TEXT NOT NULL, -- kind and name_key
    entity_id  TEXT NOT NULL,
    PRIMARY KEY (job_id, entity_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_report_use ( -- those of them who used a service, the latest first
    job_id     TEXT NOT NULL,
    service    TEXT NOT NULL,
    used_s     INTEGER NOT NULL,
    entity_key TEXT NOT NULL,
    entity_id  TEXT NOT NULL,
    PRIMARY KEY (job_id, service, used_s DESC, entity_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_report_use_by_entity ON access_report_use (job_id, entity_id, service);

CREATE TABLE sts_preference ( -- no row: version 1
    account       INTEGER PRIMARY KEY,
    token_version INTEGER NOT NULL -- GlobalEndpointTokenVersion
) STRICT;
