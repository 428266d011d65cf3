-- OpenID Connect providers, and accounts as issuers of tokens.

-- name: oidc_provider_get :one
SELECT url, thumbprints FROM oidc_provider WHERE id = :id;

-- name: oidc_provider_insert :exec
INSERT INTO oidc_provider (id, url, thumbprints) VALUES (:id, :url, :thumbprints);

-- name: oidc_provider_set_thumbprints :exec
UPDATE oidc_provider SET thumbprints = :thumbprints WHERE id = :id;

-- name: oidc_provider_delete :exec
DELETE FROM oidc_provider WHERE id = :id;

-- name: oidc_client_list :many
-- unbounded: a quota bounds the client ids of a provider
SELECT client_id, position FROM oidc_client WHERE provider_id = :provider_id ORDER BY position;

-- name: oidc_client_get :one
SELECT position FROM oidc_client WHERE provider_id = :provider_id AND client_id = :client_id;

-- name: oidc_client_insert :exec
INSERT INTO oidc_client (provider_id, client_id, position)
VALUES (:provider_id, :client_id, :position);

-- name: oidc_client_delete :execrows
DELETE FROM oidc_client WHERE provider_id = :provider_id AND client_id = :client_id;

-- name: oidc_client_delete_all :exec
DELETE FROM oidc_client WHERE provider_id = :provider_id;

-- name: token_issuer_get :one
SELECT issuer_id, enabled, created_s FROM token_issuer WHERE account = :account;

-- name: token_issuer_find :one
SELECT account, enabled FROM token_issuer WHERE issuer_id = :issuer_id;

-- name: token_issuer_insert :exec
INSERT INTO token_issuer (account, issuer_id, enabled, created_s)
VALUES (:account, :issuer_id, 1, :created_s);

-- name: token_issuer_enable :exec
UPDATE token_issuer SET enabled = :enabled WHERE account = :account;

-- name: token_key_insert :exec
INSERT INTO token_key (kid, account, alg, created_s, wrapped, jwk)
VALUES (:kid, :account, :alg, :created_s, :wrapped, :jwk);

-- name: token_key_current :one
SELECT kid, wrapped FROM token_key
WHERE account = :account AND alg = :alg AND retired_s IS NULL ORDER BY created_s DESC, kid LIMIT 1;

-- name: token_key_list :many
-- unbounded: keys long retired are deleted at each rotation
SELECT kid, alg, created_s, retired_s, jwk FROM token_key WHERE account = :account
ORDER BY created_s, kid;

-- name: token_key_retire :exec
-- param retired_s int
UPDATE token_key SET retired_s = :retired_s WHERE account = :account AND retired_s IS NULL;

-- name: token_key_forget :exec
-- Those retired before.
-- param before_s int
DELETE FROM token_key WHERE account = :account AND retired_s < :before_s;
