-- Deletions of service-linked roles, and organizations.

-- name: deletion_task_insert :exec
INSERT INTO deletion_task (id, account, created_s, reason, resource)
VALUES (:id, :account, :created_s, :reason, :resource);

-- name: deletion_task_get :one
SELECT account, reason, resource FROM deletion_task WHERE id = :id;

-- name: deletion_task_forget :exec
-- param before_s int
DELETE FROM deletion_task WHERE created_s < :before_s;

-- name: organization_insert :exec
INSERT INTO organization (id, root_id, management, features, created_s)
VALUES (:id, :root_id, :management, 0, :created_s);

-- name: organization_of :one
SELECT o.id, o.root_id, o.management, o.features, o.created_s
FROM organization_member m JOIN organization o ON o.id = m.organization_id
WHERE m.account = :account;

-- name: organization_set_features :exec
UPDATE organization SET features = :features WHERE id = :id;

-- name: organization_delete :exec
DELETE FROM organization WHERE id = :id;

-- name: organization_member_insert :exec
INSERT INTO organization_member (account, organization_id, joined_s)
VALUES (:account, :organization_id, :joined_s);

-- name: organization_member_delete :execrows
DELETE FROM organization_member WHERE account = :account AND organization_id = :organization_id;

-- name: organization_members :many
-- param after int
-- param max int
SELECT account, joined_s FROM organization_member
WHERE organization_id = :organization_id AND account > :after ORDER BY account LIMIT :max;
