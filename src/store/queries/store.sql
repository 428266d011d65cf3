-- Facts about the database itself.

-- name: meta_get :one
SELECT value FROM meta WHERE key = :key;

-- name: meta_set :exec
INSERT INTO meta (key, value) VALUES (:key, :value)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: meta_add :exec
-- RC_EXISTS when the key is there already.
INSERT INTO meta (key, value) VALUES (:key, :value);

-- name: meta_delete :execrows
DELETE FROM meta WHERE key = :key;

-- name: meta_list :many
-- In order of key, strictly behind :after.
-- param after text
-- param max int
SELECT key, value FROM meta WHERE key > :after ORDER BY key LIMIT :max;

-- name: meta_count :one
SELECT count(*) AS count FROM meta;

-- name: outbox_add :exec
-- One row per commit: the lines of the records of all changes in it. The trail numbers the rows
-- itself: it must know the number before the commit. segment, bytes: its lines stand behind that.
INSERT INTO trail_outbox (seq, lines, segment, bytes) VALUES (:seq, :lines, :segment, :bytes);

-- name: outbox_list :many
-- Oldest first, for moving into a segment.
-- param after_seq int
-- param max int
SELECT seq, lines, segment, bytes FROM trail_outbox WHERE seq > :after_seq ORDER BY seq LIMIT :max;

-- name: outbox_delete :exec
-- Everything up to and including a number that stands in a segment, durably.
DELETE FROM trail_outbox WHERE seq <= :seq;
