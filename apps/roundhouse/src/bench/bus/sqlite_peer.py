# SPDX-License-Identifier: MIT OR Apache-2.0
"""How many records a second SQLite keeps on the disk: FOLDER GROUPS GROUP SIZE. Prints the rate."""

import sqlite3
import sys
import time

folder, groups, group, size = sys.argv[1], *map(int, sys.argv[2:])
base = sqlite3.connect(folder + "/peer.sqlite", isolation_level=None)
base.execute("PRAGMA journal_mode=WAL")
base.execute("PRAGMA synchronous=FULL")
base.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB)")
records = [(b"x" * size,)] * group
begin = time.monotonic()
for _ in range(groups):
    base.execute("BEGIN")
    base.executemany("INSERT INTO event (body) VALUES (?)", records)
    base.execute("COMMIT")
print(groups * group / (time.monotonic() - begin))
