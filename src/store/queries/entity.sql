-- Users, groups, roles, instance profiles and managed policies: what they share.

-- name: entity_get :one
SELECT id, account, kind, name, path, created_s, boundary_id FROM entity WHERE id = :id;

-- name: entity_get_by_name :one
SELECT id, account, kind, name, path, created_s, boundary_id FROM entity
WHERE account = :account AND kind = :kind AND name_key = :name_key;

-- name: entity_insert :exec
INSERT INTO entity (id, account, kind, name, name_key, path, created_s, boundary_id)
VALUES (:id, :account, :kind, :name, :name_key, :path, :created_s, :boundary_id);

-- name: entity_delete :execrows
DELETE FROM entity WHERE id = :id;

-- name: entity_rename :exec
UPDATE entity SET name = :name, name_key = :name_key, path = :path WHERE id = :id;

-- name: entity_set_boundary :exec
UPDATE entity SET boundary_id = :boundary_id WHERE id = :id;

-- name: entity_page :many
-- param after text
-- param max int
SELECT id, account, kind, name, path, created_s, boundary_id FROM entity
WHERE account = :account AND kind = :kind AND name_key > :after
ORDER BY name_key LIMIT :max;

-- name: entity_page_by_path :many
-- The same, looking at `scan` names only and keeping those whose path lies in [path_from, path_to).
-- param after text
-- param scan int
-- param max int
-- param path_from text
-- param path_to text
SELECT id, account, kind, name, path, created_s, boundary_id FROM (
    SELECT id, account, kind, name, name_key, path, created_s, boundary_id FROM entity
    WHERE account = :account AND kind = :kind AND name_key > :after
    ORDER BY name_key LIMIT :scan)
WHERE path >= :path_from AND path < :path_to
ORDER BY name_key LIMIT :max;

-- name: entity_scan_end :one
-- The last name such a scan looks at; no row when the names end before.
-- param after text
-- param skip int
SELECT name_key FROM entity
WHERE account = :account AND kind = :kind AND name_key > :after
ORDER BY name_key LIMIT 1 OFFSET :skip;

-- name: counter_add :exec
-- Upserts into a counter.
-- param delta int
INSERT INTO counter (account, what, n) VALUES (:account, :what, :delta)
ON CONFLICT (account, what) DO UPDATE SET n = counter.n + excluded.n;

-- name: counter_get :one
SELECT n FROM counter WHERE account = :account AND what = :what;

-- name: counter_delete_all :exec
DELETE FROM counter WHERE what = :what;

-- name: quota_get :one
SELECT value FROM quota WHERE account = :account AND name = :name;

-- name: quota_set :exec
INSERT INTO quota (account, name, value) VALUES (:account, :name, :value)
ON CONFLICT (account, name) DO UPDATE SET value = excluded.value;

-- name: tag_list :many
-- unbounded: a resource has fifty tags at most
-- Those of a managed policy (ENTITY_POLICY) come as AWS lists them: shorter keys first.
SELECT key, value FROM tag WHERE entity_id = :entity_id
ORDER BY CASE (SELECT e.kind FROM entity e WHERE e.id = :entity_id) WHEN 5 THEN length(key_fold) ELSE 0 END,
    key_fold;

-- name: tag_put :exec
INSERT INTO tag (entity_id, key_fold, key, value) VALUES (:entity_id, :key_fold, :key, :value)
ON CONFLICT (entity_id, key_fold) DO UPDATE SET key = excluded.key, value = excluded.value;

-- name: tag_delete :exec
DELETE FROM tag WHERE entity_id = :entity_id AND key_fold = :key_fold;

-- name: tag_delete_all :exec
DELETE FROM tag WHERE entity_id = :entity_id;

-- name: retired_id_insert :exec
INSERT INTO retired_id (id) VALUES (:id) ON CONFLICT (id) DO NOTHING;

-- name: id_is_taken :one
-- Is an id in use, or was it ever?
SELECT EXISTS (SELECT 1 FROM entity e WHERE e.id = :id)
    + EXISTS (SELECT 1 FROM access_key k WHERE k.id = :id)
    + EXISTS (SELECT 1 FROM retired_id r WHERE r.id = :id) AS n;
