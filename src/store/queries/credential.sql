-- Signing certificates, SSH public keys, service-specific credentials; server certificates.

-- name: credential_get :one
SELECT id, account, owner_id, kind, active, created_s, expires_s, about, body FROM credential
WHERE id = :id;

-- name: credential_insert :exec
-- param expires_s int null
INSERT INTO credential (id, account, owner_id, kind, active, created_s, expires_s, about, body,
    secret_hash)
VALUES (:id, :account, :owner_id, :kind, 1, :created_s, :expires_s, :about, :body, :secret_hash);

-- name: credential_list :many
-- unbounded: a quota bounds each kind
SELECT id, account, owner_id, kind, active, created_s, expires_s, about, body FROM credential
WHERE owner_id = :owner_id AND kind = :kind ORDER BY created_s, id;

-- name: credential_page :many
-- Of a whole account.
-- param after text
-- param max int
SELECT id, account, owner_id, kind, active, created_s, expires_s, about, body FROM credential
WHERE account = :account AND kind = :kind AND id > :after ORDER BY id LIMIT :max;

-- name: credential_count :one
SELECT count(*) AS n FROM credential WHERE owner_id = :owner_id AND kind = :kind;

-- name: credential_count_about :one
SELECT count(*) AS n FROM credential
WHERE account = :account AND kind = :kind AND about = :about;

-- name: credential_set_active :exec
UPDATE credential SET active = :active WHERE id = :id;

-- name: credential_set_secret :exec
UPDATE credential SET secret_hash = :secret_hash WHERE id = :id;

-- name: credential_delete :execrows
DELETE FROM credential WHERE id = :id;

-- name: server_certificate_get :one
SELECT body, chain, expires_s FROM server_certificate WHERE id = :id;

-- name: server_certificate_insert :exec
INSERT INTO server_certificate (id, body, chain, expires_s)
VALUES (:id, :body, :chain, :expires_s);

-- name: server_certificate_delete :exec
DELETE FROM server_certificate WHERE id = :id;
