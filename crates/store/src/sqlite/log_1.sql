-- Times are nanoseconds since 1970, UTC.

-- Every event as it came. `fold`: whether history is derived from it.
CREATE TABLE event (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  facility TEXT NOT NULL,
  flow     TEXT NOT NULL,
  kind     TEXT NOT NULL,
  source   TEXT NOT NULL,
  id       TEXT NOT NULL,
  time     INTEGER NOT NULL,
  ingest   INTEGER NOT NULL,
  fold     INTEGER NOT NULL,
  body     TEXT NOT NULL,
  UNIQUE (source, id)
);
CREATE INDEX event_fold ON event (facility, flow, time, source, length(id), id) WHERE fold = 1;
