-- Managed policies and their versions.

-- name: managed_policy_get :one
SELECT description, default_version, next_version, updated_s FROM managed_policy WHERE id = :id;

-- name: managed_policy_insert :exec
INSERT INTO managed_policy (id, description, default_version, next_version, updated_s)
VALUES (:id, :description, :default_version, :next_version, :updated_s);

-- name: managed_policy_set_default :exec
UPDATE managed_policy SET default_version = :default_version, updated_s = :updated_s
WHERE id = :id;

-- name: managed_policy_set_next :exec
UPDATE managed_policy SET next_version = :next_version, updated_s = :updated_s WHERE id = :id;

-- name: managed_policy_delete :exec
DELETE FROM managed_policy WHERE id = :id;

-- name: policy_version_get :one
SELECT document, created_s FROM policy_version WHERE policy_id = :policy_id AND version = :version;

-- name: policy_version_insert :exec
INSERT INTO policy_version (policy_id, version, document, created_s)
VALUES (:policy_id, :version, :document, :created_s);

-- name: policy_version_delete :execrows
DELETE FROM policy_version WHERE policy_id = :policy_id AND version = :version;

-- name: policy_version_delete_all :execrows
DELETE FROM policy_version WHERE policy_id = :policy_id;

-- name: policy_version_list :many
-- Newest first.
-- unbounded: a quota bounds versions
SELECT version, document, created_s FROM policy_version WHERE policy_id = :policy_id
ORDER BY version DESC;

-- name: policy_version_count :one
SELECT count(*) AS n FROM policy_version WHERE policy_id = :policy_id;
