# SPDX-License-Identifier: MIT OR Apache-2.0
"""How many messages a second go from one socket of pyzmq to another.

    push ADDRESS COUNT PAYLOAD
    pull ADDRESS COUNT

`pull` binds and prints the rate, from the first message to the last.
"""

import sys
import time

import zmq

role, address, count, *payload = sys.argv[1:]
count = int(count)
context = zmq.Context()
if role == "push":
    socket = context.socket(zmq.PUSH)
    socket.connect(address)
    event = (
        b'{"sender":"rate","sequence":"00000000000000000001","specversion":"1.0","type":"com.roundhouse.tick.v1",'
        b'"source":"/hall/rate/1","id":"1-1","time":"2026-03-01T06:00:03Z","data":{}}'
    )
    parts = [b"depot.hall.prod.tick.hall", event, bytes(int(payload[0]))]
    for _ in range(count):
        socket.send_multipart(parts)
    socket.close(linger=60_000)
    context.term()
else:
    socket = context.socket(zmq.PULL)
    socket.rcvtimeo = 60_000
    socket.bind(address)
    socket.recv_multipart()
    begin = time.monotonic()
    for _ in range(count - 1):
        socket.recv_multipart()
    print((count - 1) / (time.monotonic() - begin))
