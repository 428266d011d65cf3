-- Passwords and MFA devices.

-- name: password_policy_get :one
SELECT min_length, require_symbols, require_numbers, require_upper, require_lower, users_change,
    max_age_days, reuse, hard_expiry
FROM password_policy WHERE account = :account;

-- name: password_policy_put :exec
INSERT INTO password_policy (account, min_length, require_symbols, require_numbers, require_upper,
    require_lower, users_change, max_age_days, reuse, hard_expiry)
VALUES (:account, :min_length, :require_symbols, :require_numbers, :require_upper, :require_lower,
    :users_change, :max_age_days, :reuse, :hard_expiry)
ON CONFLICT (account) DO UPDATE SET min_length = excluded.min_length,
    require_symbols = excluded.require_symbols, require_numbers = excluded.require_numbers,
    require_upper = excluded.require_upper, require_lower = excluded.require_lower,
    users_change = excluded.users_change, max_age_days = excluded.max_age_days,
    reuse = excluded.reuse, hard_expiry = excluded.hard_expiry;

-- name: password_policy_delete :execrows
DELETE FROM password_policy WHERE account = :account;

-- name: login_profile_get :one
SELECT account, wrapped, created_s, changed_s, reset_required, last_used_s FROM login_profile
WHERE owner_id = :owner_id;

-- name: login_profile_insert :exec
INSERT INTO login_profile (owner_id, account, wrapped, created_s, changed_s, reset_required)
VALUES (:owner_id, :account, :wrapped, :created_s, :created_s, :reset_required);

-- name: login_profile_set_password :exec
UPDATE login_profile SET wrapped = :wrapped, changed_s = :changed_s WHERE owner_id = :owner_id;

-- name: login_profile_set_reset :exec
UPDATE login_profile SET reset_required = :reset_required WHERE owner_id = :owner_id;

-- name: login_profile_set_used :exec
-- param used_s int
UPDATE login_profile SET last_used_s = :used_s WHERE owner_id = :owner_id;

-- name: login_profile_delete :execrows
DELETE FROM login_profile WHERE owner_id = :owner_id;

-- name: password_history_list :many
-- The newest first.
-- param max int
SELECT number, wrapped FROM password_history WHERE owner_id = :owner_id
ORDER BY number DESC LIMIT :max;

-- name: password_history_add :exec
INSERT INTO password_history (owner_id, number, wrapped) VALUES (:owner_id, :number, :wrapped);

-- name: password_history_forget :exec
-- All up to a number.
DELETE FROM password_history WHERE owner_id = :owner_id AND number <= :number;

-- name: password_history_delete :exec
DELETE FROM password_history WHERE owner_id = :owner_id;

-- name: mfa_device_get :one
SELECT wrapped, owner_id, enabled_s, drift_steps, last_step FROM mfa_device WHERE id = :id;

-- name: mfa_device_insert :exec
INSERT INTO mfa_device (id, wrapped, owner_id, enabled_s, drift_steps, last_step)
VALUES (:id, :wrapped, NULL, NULL, 0, 0);

-- name: mfa_device_delete :exec
DELETE FROM mfa_device WHERE id = :id;

-- name: mfa_device_enable :exec
UPDATE mfa_device SET owner_id = :owner_id, enabled_s = :enabled_s WHERE id = :id;

-- name: mfa_device_release :exec
UPDATE mfa_device SET owner_id = NULL, enabled_s = NULL WHERE id = :id;

-- name: mfa_device_set_clock :exec
UPDATE mfa_device SET drift_steps = :drift_steps, last_step = :last_step WHERE id = :id;

-- name: mfa_device_list_owned :many
-- unbounded: an owner has eight at most
SELECT id FROM mfa_device WHERE owner_id = :owner_id ORDER BY enabled_s, id;

-- name: mfa_device_count_owned :one
SELECT count(*) AS n FROM mfa_device WHERE owner_id = :owner_id;
