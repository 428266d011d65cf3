-- What the store itself and the trail need.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Records of changes on their way into a trail segment. AUTOINCREMENT: a number is never used
-- twice, so that a reader can tell a record it has written from a new one.
CREATE TABLE trail_outbox (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    lines BLOB NOT NULL
) STRICT;
