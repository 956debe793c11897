-- Times are nanoseconds since 1970, UTC. Each database has its own words for these types.

-- A flow: what was counted of it, the last event that history has (`memory`: what the derivation remembers then), and the newest time
-- of those events of history that are not in the log any more.
CREATE TABLE flow (
  facility TEXT NOT NULL,
  flow     TEXT NOT NULL,
  newest   INTEGER NOT NULL,
  events   INTEGER NOT NULL,
  time     INTEGER,
  source   TEXT,
  id       TEXT,
  memory   TEXT,
  floor    INTEGER,
  PRIMARY KEY (facility, flow)
) WITHOUT ROWID;

-- What the derivation remembered before the first event at or after `time`.
CREATE TABLE checkpoint (
  facility TEXT NOT NULL,
  flow     TEXT NOT NULL,
  time     INTEGER NOT NULL,
  memory   TEXT NOT NULL,
  PRIMARY KEY (facility, flow, time)
) WITHOUT ROWID;

-- History. `made`: the time of the event from which a row first came, so that one can go back to a checkpoint.
CREATE TABLE visit (
  facility   TEXT NOT NULL,
  flow       TEXT NOT NULL,
  locomotive TEXT NOT NULL,
  arrived    INTEGER NOT NULL,
  gone       INTEGER,
  number     TEXT,
  model      TEXT,
  found      INTEGER NOT NULL,
  made       INTEGER NOT NULL,
  PRIMARY KEY (facility, flow, locomotive, arrived)
) WITHOUT ROWID;

CREATE TABLE stay (
  facility   TEXT NOT NULL,
  flow       TEXT NOT NULL,
  locomotive TEXT NOT NULL,
  arrived    INTEGER NOT NULL,
  t0         INTEGER NOT NULL,
  t1         INTEGER,
  track      TEXT NOT NULL,
  head       REAL NOT NULL,
  tail       REAL NOT NULL,
  made       INTEGER NOT NULL,
  PRIMARY KEY (facility, flow, locomotive, arrived, t0)
) WITHOUT ROWID;
CREATE INDEX stay_time ON stay (facility, flow, t0);

CREATE TABLE move (
  facility   TEXT NOT NULL,
  flow       TEXT NOT NULL,
  time       INTEGER NOT NULL,
  locomotive TEXT NOT NULL,
  arrived    INTEGER NOT NULL,
  kind       TEXT NOT NULL,
  track      TEXT NOT NULL,
  from_metre REAL,
  to_metre   REAL,
  from_track TEXT,
  made       INTEGER NOT NULL,
  PRIMARY KEY (facility, flow, time, locomotive, arrived, kind)
) WITHOUT ROWID;

CREATE TABLE camera (
  facility TEXT NOT NULL,
  flow     TEXT NOT NULL,
  camera   TEXT NOT NULL,
  t0       INTEGER NOT NULL,
  t1       INTEGER,
  health   TEXT NOT NULL,
  reason   TEXT,
  made     INTEGER NOT NULL,
  PRIMARY KEY (facility, flow, camera, t0)
) WITHOUT ROWID;

CREATE TABLE coverage (
  facility TEXT NOT NULL,
  flow     TEXT NOT NULL,
  t0       INTEGER NOT NULL,
  t1       INTEGER NOT NULL,
  states   INTEGER NOT NULL,
  made     INTEGER NOT NULL,
  PRIMARY KEY (facility, flow, t0)
) WITHOUT ROWID;
