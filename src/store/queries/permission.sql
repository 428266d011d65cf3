-- What gives an entity permissions: inline policies, attached policies, groups.

-- name: inline_policy_get :one
SELECT name, document FROM inline_policy WHERE entity_id = :entity_id AND name_key = :name_key;

-- name: inline_policy_put :exec
INSERT INTO inline_policy (entity_id, name_key, name, document)
VALUES (:entity_id, :name_key, :name, :document)
ON CONFLICT (entity_id, name_key) DO UPDATE SET name = excluded.name, document = excluded.document;

-- name: inline_policy_delete :execrows
DELETE FROM inline_policy WHERE entity_id = :entity_id AND name_key = :name_key;

-- name: inline_policy_list :many
-- unbounded: their total size is a quota
SELECT name, document FROM inline_policy WHERE entity_id = :entity_id ORDER BY name_key;

-- name: inline_policy_count :one
SELECT count(*) AS n FROM inline_policy WHERE entity_id = :entity_id;

-- name: attachment_insert :exec
INSERT INTO attachment (entity_id, policy_id, account, kind, entity_key)
VALUES (:entity_id, :policy_id, :account, :kind, :entity_key);

-- name: attachment_delete :execrows
DELETE FROM attachment WHERE entity_id = :entity_id AND policy_id = :policy_id;

-- name: attachment_exists :one
SELECT count(*) AS n FROM attachment WHERE entity_id = :entity_id AND policy_id = :policy_id;

-- name: attachment_count :one
SELECT count(*) AS n FROM attachment WHERE entity_id = :entity_id;

-- name: attachment_list :many
-- unbounded: a quota bounds attachments
SELECT p.id, p.account, p.kind, p.name, p.path, p.created_s, p.boundary_id
FROM attachment a JOIN entity p ON p.id = a.policy_id
WHERE a.entity_id = :entity_id ORDER BY p.name_key, p.id;

-- name: attachment_documents :many
-- The default versions of the policies attached to an entity. Outer joins: a row that is missing
-- must be noticed, it may be the one that denies.
-- unbounded: a quota bounds attachments
SELECT p.id, p.account, p.name, p.path, v.document
FROM attachment a
LEFT JOIN entity p ON p.id = a.policy_id
LEFT JOIN managed_policy m ON m.id = a.policy_id
LEFT JOIN policy_version v ON v.policy_id = a.policy_id AND v.version = m.default_version
WHERE a.entity_id = :entity_id ORDER BY p.name_key, p.id;

-- name: attachment_page_by_policy :many
-- param after text
-- param max int
SELECT e.id, e.account, e.kind, e.name, e.path, e.created_s, e.boundary_id
FROM attachment a JOIN entity e ON e.id = a.entity_id
WHERE a.policy_id = :policy_id AND a.account = :account AND a.kind = :kind
    AND a.entity_key > :after
ORDER BY a.entity_key LIMIT :max;

-- name: attachment_rename :exec
UPDATE attachment SET entity_key = :entity_key WHERE entity_id = :entity_id;

-- name: boundary_page :many
-- param after text
-- param max int
SELECT id, account, kind, name, path, created_s, boundary_id FROM entity
WHERE boundary_id = :policy_id AND account = :account AND kind = :kind AND name_key > :after
ORDER BY name_key LIMIT :max;

-- name: membership_insert :exec
INSERT INTO membership (group_id, user_key, user_id) VALUES (:group_id, :user_key, :user_id);

-- name: membership_delete :execrows
DELETE FROM membership WHERE user_id = :user_id AND group_id = :group_id;

-- name: membership_exists :one
SELECT count(*) AS n FROM membership WHERE user_id = :user_id AND group_id = :group_id;

-- name: membership_rename :exec
UPDATE membership SET user_key = :user_key WHERE user_id = :user_id;

-- name: membership_count_of_user :one
SELECT count(*) AS n FROM membership WHERE user_id = :user_id;

-- name: membership_groups :many
-- unbounded: a quota bounds the groups of a user
SELECT g.id, g.account, g.kind, g.name, g.path, g.created_s, g.boundary_id
FROM membership m JOIN entity g ON g.id = m.group_id
WHERE m.user_id = :user_id ORDER BY g.name_key;

-- name: membership_users :many
-- param after text
-- param max int
SELECT u.id, u.account, u.kind, u.name, u.path, u.created_s, u.boundary_id
FROM membership m JOIN entity u ON u.id = m.user_id
WHERE m.group_id = :group_id AND m.user_key > :after
ORDER BY m.user_key LIMIT :max;
