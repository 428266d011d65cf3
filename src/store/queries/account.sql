-- Accounts and access keys.

-- name: account_get :one
SELECT account, name, alias, created_s FROM account WHERE account = :account;

-- name: account_get_by_alias :one
SELECT account, name, alias, created_s FROM account WHERE alias = :alias;

-- name: account_list :many
-- param after int
-- param max int
SELECT account, name, alias, created_s FROM account WHERE account > :after
ORDER BY account LIMIT :max;

-- name: account_insert :exec
INSERT INTO account (account, name, alias, created_s) VALUES (:account, :name, NULL, :created_s);

-- name: account_set_alias :exec
UPDATE account SET alias = :alias WHERE account = :account;

-- name: access_key_get :one
SELECT id, account, owner_id, active, created_s, last_used_s, last_used_service, last_used_region
FROM access_key WHERE id = :id;

-- name: access_key_get_wrapped :one
SELECT account, owner_id, active, wrapped, last_used_s FROM access_key WHERE id = :id;

-- name: access_key_insert :exec
INSERT INTO access_key (id, account, owner_id, active, created_s, wrapped)
VALUES (:id, :account, :owner_id, 1, :created_s, :wrapped);

-- name: access_key_set_active :exec
UPDATE access_key SET active = :active WHERE id = :id;

-- name: access_key_set_used :exec
-- param used_s int
-- param service text
-- param region text
UPDATE access_key SET last_used_s = :used_s, last_used_service = :service,
    last_used_region = :region
WHERE id = :id;

-- name: access_key_delete :execrows
DELETE FROM access_key WHERE id = :id;

-- name: access_key_list :many
-- unbounded: a quota bounds the keys of a user
SELECT id, account, owner_id, active, created_s, last_used_s, last_used_service, last_used_region
FROM access_key WHERE owner_id = :owner_id ORDER BY created_s, id;

-- name: access_key_count :one
SELECT count(*) AS n FROM access_key WHERE owner_id = :owner_id;
