-- Roles beyond what all entities share, and instance profiles.

-- name: role_get :one
SELECT trust, description, max_session_s, last_used_s, last_used_region FROM role WHERE id = :id;

-- name: role_insert :exec
INSERT INTO role (id, trust, description, max_session_s)
VALUES (:id, :trust, :description, :max_session_s);

-- name: role_set_trust :exec
UPDATE role SET trust = :trust WHERE id = :id;

-- name: role_set_settings :exec
UPDATE role SET description = :description, max_session_s = :max_session_s WHERE id = :id;

-- name: role_set_used :exec
-- param used_s int
-- param region text
UPDATE role SET last_used_s = :used_s, last_used_region = :region WHERE id = :id;

-- name: role_delete :exec
DELETE FROM role WHERE id = :id;

-- name: binding_insert :exec
INSERT INTO principal_binding (entity_id, arn, unique_id) VALUES (:entity_id, :arn, :unique_id)
ON CONFLICT (entity_id, arn) DO UPDATE SET unique_id = excluded.unique_id;

-- name: binding_delete_all :exec
DELETE FROM principal_binding WHERE entity_id = :entity_id;

-- name: binding_list_dead :many
-- Bindings of a trust policy to principals that are no more.
-- unbounded: a trust policy has at most 4,096 characters
SELECT b.arn, b.unique_id FROM principal_binding b
WHERE b.entity_id = :entity_id AND NOT EXISTS (SELECT 1 FROM entity e WHERE e.id = b.unique_id);

-- name: profile_role_get :one
SELECT role_id FROM profile_role WHERE profile_id = :profile_id;

-- name: profile_role_insert :exec
INSERT INTO profile_role (profile_id, role_id) VALUES (:profile_id, :role_id);

-- name: profile_role_delete :execrows
DELETE FROM profile_role WHERE profile_id = :profile_id AND role_id = :role_id;

-- name: profile_of_role_page :many
-- param after text
-- param max int
SELECT e.id, e.account, e.kind, e.name, e.path, e.created_s, e.boundary_id
FROM profile_role p JOIN entity e ON e.id = p.profile_id
WHERE p.role_id = :role_id AND e.name_key > :after ORDER BY e.name_key LIMIT :max;
