-- How far the trail's segments were synced when the row was written: its lines stand behind that.
-- Segment 0: not known.

ALTER TABLE trail_outbox ADD COLUMN segment INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trail_outbox ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
