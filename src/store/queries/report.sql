-- The credential report, and who used which service.

-- name: credential_report_get :one
SELECT run, progress_s, generated_s, bytes, parts FROM credential_report WHERE account = :account;

-- name: credential_report_put :exec
INSERT INTO credential_report (account, run, progress_s, generated_s, bytes, parts)
VALUES (:account, :run, :progress_s, :generated_s, :bytes, :parts)
ON CONFLICT (account) DO UPDATE SET run = excluded.run, progress_s = excluded.progress_s,
    generated_s = excluded.generated_s, bytes = excluded.bytes, parts = excluded.parts;

-- name: credential_report_part_add :exec
INSERT INTO credential_report_part (account, part, csv) VALUES (:account, :part, :csv);

-- name: credential_report_part_get :one
SELECT csv FROM credential_report_part WHERE account = :account AND part = :part;

-- name: credential_report_part_clear :exec
DELETE FROM credential_report_part WHERE account = :account;

-- name: sts_preference_get :one
SELECT token_version FROM sts_preference WHERE account = :account;

-- name: sts_preference_put :exec
INSERT INTO sts_preference (account, token_version) VALUES (:account, :token_version)
ON CONFLICT (account) DO UPDATE SET token_version = excluded.token_version;

-- name: service_use_put :exec
-- Only of who is still there, and only when it is news.
-- param entity_id text
-- param service text
-- param action text
-- param used_s int
-- param region text
-- param step_s int
INSERT INTO service_use (entity_id, service, action, used_s, region)
SELECT :entity_id, :service, :action, :used_s, :region
WHERE EXISTS (SELECT 1 FROM entity e WHERE e.id = :entity_id)
ON CONFLICT (entity_id, service, action) DO UPDATE SET used_s = excluded.used_s,
    region = excluded.region
WHERE excluded.used_s - service_use.used_s >= :step_s;

-- name: service_use_list :many
-- unbounded: services have so many actions
SELECT service, action, used_s, region FROM service_use WHERE entity_id = :entity_id
ORDER BY service, action;

-- name: service_use_forget :exec
DELETE FROM service_use WHERE entity_id = :entity_id;

-- name: access_report_get :one
SELECT account, owner_id, entity_id, action_level, created_s, completed_s, failed
FROM access_report WHERE job_id = :job_id;

-- name: access_report_insert :exec
INSERT INTO access_report (job_id, account, owner_id, entity_id, action_level, created_s,
    completed_s, failed)
VALUES (:job_id, :account, :owner_id, :entity_id, :action_level, :created_s, 0, 0);

-- name: access_report_finish :exec
UPDATE access_report SET completed_s = :completed_s, failed = :failed WHERE job_id = :job_id;

-- name: access_report_old :many
-- param before int
-- param max int
SELECT job_id FROM access_report WHERE created_s < :before ORDER BY created_s LIMIT :max;

-- name: access_report_delete :exec
DELETE FROM access_report WHERE job_id = :job_id;

-- name: access_report_service_clear :execrows
-- So many at a time: a report about a large group has a line for each member.
-- param max int
DELETE FROM access_report_service WHERE (job_id, service, action) IN (
    SELECT s.job_id, s.service, s.action FROM access_report_service s WHERE s.job_id = :job_id
    LIMIT :max);

-- name: access_report_entity_clear :execrows
-- param max int
DELETE FROM access_report_entity WHERE (job_id, entity_key) IN (
    SELECT e.job_id, e.entity_key FROM access_report_entity e WHERE e.job_id = :job_id LIMIT :max);

-- name: access_report_use_clear :execrows
-- param max int
DELETE FROM access_report_use WHERE (job_id, service, used_s, entity_key) IN (
    SELECT u.job_id, u.service, u.used_s, u.entity_key FROM access_report_use u
    WHERE u.job_id = :job_id LIMIT :max);

-- name: access_report_service_add :exec
INSERT INTO access_report_service (job_id, service, action, name, used_s, entity_id, region,
    entities)
VALUES (:job_id, :service, :action, :name, :used_s, :entity_id, :region, :entities);

-- name: access_report_service_page :many
-- param after text
-- param max int
SELECT service, name, used_s, entity_id, region, entities FROM access_report_service
WHERE job_id = :job_id AND service > :after AND action = '' ORDER BY service LIMIT :max;

-- name: access_report_service_get :one
SELECT name FROM access_report_service
WHERE job_id = :job_id AND service = :service AND action = '';

-- name: access_report_actions :many
-- unbounded: services have so many actions
SELECT action, used_s, entity_id, region FROM access_report_service
WHERE job_id = :job_id AND service = :service AND action > '' ORDER BY action;

-- name: access_report_entity_add :execrows
INSERT INTO access_report_entity (job_id, entity_key, entity_id)
VALUES (:job_id, :entity_key, :entity_id)
ON CONFLICT (job_id, entity_key) DO NOTHING;

-- name: access_report_entity_page :many
-- param after text
-- param max int
SELECT entity_key, entity_id FROM access_report_entity
WHERE job_id = :job_id AND entity_key > :after ORDER BY entity_key LIMIT :max;

-- name: access_report_use_add :exec
INSERT INTO access_report_use (job_id, service, used_s, entity_key, entity_id)
VALUES (:job_id, :service, :used_s, :entity_key, :entity_id);

-- name: access_report_use_page :many
-- The latest first: behind (:used_s, :entity_key).
-- param used_s int
-- param entity_key text
-- param max int
SELECT used_s, entity_key, entity_id FROM access_report_use
WHERE job_id = :job_id AND service = :service
    AND (used_s < :used_s OR (used_s = :used_s AND entity_key > :entity_key))
ORDER BY used_s DESC, entity_key LIMIT :max;

-- name: access_report_use_of :one
SELECT used_s FROM access_report_use
WHERE job_id = :job_id AND entity_id = :entity_id AND service = :service;
