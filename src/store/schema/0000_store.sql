-- What the store itself and the trail need.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Records of changes on their way into a trail segment; the trail numbers the rows.
CREATE TABLE trail_outbox (
    seq   INTEGER PRIMARY KEY,
    lines BLOB NOT NULL
) STRICT;
