-- What access/ compiles into a subject, beyond what the model reads.

-- name: subject_role :one
-- Who may assume a role, and for how long.
SELECT trust, max_session_s, last_used_s FROM role WHERE id = :id;

-- name: subject_bindings :many
-- unbounded: a trust policy has at most 4,096 characters
SELECT arn, unique_id FROM principal_binding WHERE entity_id = :entity_id;

-- name: subject_policy_document :one
-- What a managed policy says now: for boundaries and session policies.
SELECT v.document FROM managed_policy m
JOIN policy_version v ON v.policy_id = m.id AND v.version = m.default_version
WHERE m.id = :id;

-- name: subject_role_used :exec
-- param used_s int
-- param region text
UPDATE role SET last_used_s = :used_s, last_used_region = :region WHERE id = :id;
