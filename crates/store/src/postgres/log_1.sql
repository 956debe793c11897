-- Every event as it came, a partition for each day of arrival. `fold`: whether history is derived from it.
CREATE SEQUENCE event_seq;
CREATE TABLE event (
  seq      INTEGER NOT NULL,
  facility TEXT NOT NULL,
  flow     TEXT NOT NULL,
  kind     TEXT NOT NULL,
  source   TEXT NOT NULL,
  id       TEXT NOT NULL,
  time     INTEGER NOT NULL,
  ingest   INTEGER NOT NULL,
  fold     INTEGER NOT NULL,
  body     TEXT NOT NULL
) PARTITION BY RANGE (ingest);
CREATE INDEX event_place ON event (seq);
CREATE INDEX event_fold ON event (facility, flow, time, source, length(id), id) WHERE fold = 1;

-- The days that have a partition, counted from 1970 on.
CREATE TABLE event_day (
  day INTEGER PRIMARY KEY
);

-- Which events are in the log, since a partition knows its own ones only. `day`: that of arrival.
CREATE TABLE identity (
  source TEXT NOT NULL,
  id     TEXT NOT NULL,
  day    INTEGER NOT NULL,
  PRIMARY KEY (source, id)
);
CREATE INDEX identity_day ON identity (day);

