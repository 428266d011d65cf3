-- SAML providers.

-- name: saml_provider_get :one
SELECT uuid, metadata, entity_id, certificates, valid_until_s, encryption
FROM saml_provider WHERE id = :id;

-- name: saml_provider_get_trust :one
-- Without the metadata, which may be long.
SELECT uuid, entity_id, certificates, valid_until_s, encryption FROM saml_provider WHERE id = :id;

-- name: saml_provider_insert :exec
INSERT INTO saml_provider (id, uuid, metadata, entity_id, certificates, valid_until_s, encryption)
VALUES (:id, :uuid, :metadata, :entity_id, :certificates, :valid_until_s, :encryption);

-- name: saml_provider_set_metadata :exec
UPDATE saml_provider SET metadata = :metadata, entity_id = :entity_id,
    certificates = :certificates, valid_until_s = :valid_until_s WHERE id = :id;

-- name: saml_provider_set_encryption :exec
UPDATE saml_provider SET encryption = :encryption WHERE id = :id;

-- name: saml_provider_delete :exec
DELETE FROM saml_provider WHERE id = :id;

-- name: saml_key_list :many
-- unbounded: two keys at most
SELECT key_id, created_s, wrapped FROM saml_key WHERE provider_id = :provider_id ORDER BY key_id;

-- name: saml_key_insert :exec
INSERT INTO saml_key (provider_id, key_id, created_s, wrapped)
VALUES (:provider_id, :key_id, :created_s, :wrapped);

-- name: saml_key_delete :execrows
DELETE FROM saml_key WHERE provider_id = :provider_id AND key_id = :key_id;

-- name: saml_key_delete_all :exec
DELETE FROM saml_key WHERE provider_id = :provider_id;
