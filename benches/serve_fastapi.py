#!/usr/bin/env python3
"""The peer of `roundhouse bench serve`: events over HTTP into SQLite, by FastAPI, pydantic and sqlite3.

What it does as `roundhouse serve` does: it takes a batch of documents, one a line; checks the envelope and the state in it, field by
field; refuses what is of the future; keeps each event once by its source and id, in one transaction for a batch, which is on the disk
(write-ahead log, synchronous=FULL) before it answers; finds states by flow and time by an index. What it does not do: history, and
telling whoever watches. One worker, with uvloop and httptools; pydantic reads the JSON itself, which is faster than the module json.

    scripts/setup.sh --checks
    ~/.cache/roundhouse/api/bin/python benches/serve_fastapi.py FOLDER PORT
"""

import sqlite3
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

AHEAD_S = 300
LARGEST = 1 << 20

Name = Annotated[str, Field(min_length=1)]
Probability = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class End(BaseModel):
    s: Annotated[float, Field(allow_inf_nan=False)]
    sigma: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Model(BaseModel):
    name: Name
    p: Probability


class Plate(BaseModel):
    text: Name
    p: Probability
    contested_by: list[str] = []


class Locomotive(BaseModel):
    id: Name
    track: Name
    head: End
    tail: End
    orientation_confidence: Probability
    velocity: float
    moving: bool
    confidence: Probability
    status: Literal["tentative", "confirmed", "coasting"]
    model: Model | None = None
    plate: Plate | None = None
    last_seen: datetime
    seen_by: list[str] = []


class Camera(BaseModel):
    id: Name
    health: Literal["online", "connecting", "stalled", "offline", "blind", "frozen", "moved", "disabled", "unknown"]
    blind: Probability


class State(BaseModel):
    state: Count
    count: Count
    inputs: list[str] = []
    locomotives: list[Locomotive]
    cameras: list[Camera] = []


class Event(BaseModel):
    specversion: Literal["1.0"]
    type: Literal["com.roundhouse.facility-state.v1"]
    id: Name
    source: Name
    subject: str | None = None
    time: datetime
    receivedtime: datetime | None = None
    recordedtime: datetime | None = None
    flow: Name = "prod"
    data: State


SCHEMA = """
CREATE TABLE event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, facility TEXT NOT NULL, flow TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
  id TEXT NOT NULL, time INTEGER NOT NULL, ingest INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (source, id));
CREATE INDEX event_time ON event (facility, flow, time);
"""
INSERT = """INSERT INTO event (facility, flow, kind, source, id, time, ingest, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (source, id) DO NOTHING"""

app = FastAPI()
read = TypeAdapter(Event).validate_json
database = sqlite3.connect(Path(sys.argv[1]) / "peer.sqlite", isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.executescript(SCHEMA)


@app.get("/readyz")
async def ready():
    return "ok"


@app.post("/api/events")
async def events(request: Request):
    now = time.time()
    rows, refused = [], []
    for index, line in enumerate((await request.body()).splitlines()):
        try:
            if len(line) > LARGEST:
                raise ValueError(f"has {len(line)} bytes, at most {LARGEST} are taken")
            event = read(line)
            seconds = event.time.timestamp()
            if seconds > now + AHEAD_S:
                raise ValueError(f"its time {event.time} is in the future")
        except (ValidationError, ValueError) as error:
            refused.append({"index": index, "reason": str(error)})
            continue
        facility = event.source.lstrip("/").split("/", 1)[0]
        rows.append((facility, event.flow, "facility-state", event.source, event.id, int(seconds * 1e9), int(now * 1e9), line.decode()))
    before = database.total_changes
    database.execute("BEGIN IMMEDIATE")
    database.executemany(INSERT, rows)
    database.execute("COMMIT")
    accepted = database.total_changes - before
    return JSONResponse({"accepted": accepted, "duplicates": len(rows) - accepted, "refused": refused})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", loop="uvloop", http="httptools")
