# SPDX-License-Identifier: MIT OR Apache-2.0
"""A peer on pyzmq: one socket that sends or receives events as Roundhouse frames them.

    pyzmq_peer.py SOCKET bind|connect ADDRESS COUNT PAYLOAD

SOCKET is pub, push, req, sub, pull or rep. A side that binds prints its port first. What sends numbers its COUNT messages from 1
and gives each PAYLOAD bytes; `pub` sends number 0 until a line arrives on standard input, so that a subscription has time to
come. What receives prints number, size of the payload and its first byte for each message, until it is killed.
"""

import json
import sys
import threading

import zmq

socket_type, side, address, count, payload = sys.argv[1:]
count, payload = int(count), int(payload)
context = zmq.Context()
socket = context.socket(getattr(zmq, socket_type.upper()))
if socket_type == "sub":
    socket.subscribe(b"depot.hall.prod.")
if side == "bind":
    socket.bind(address)
    print(socket.getsockopt_string(zmq.LAST_ENDPOINT).rsplit(":", 1)[1], flush=True)
else:
    socket.connect(address)


def parts(number):
    """The parts of the message of this number."""
    event = {
        "specversion": "1.0",
        "type": "com.roundhouse.tick.v1",
        "source": "/hall/python/1",
        "id": f"1-{number}",
        "sender": "python",
        "sequence": f"{number:020}",
        "data": {},
    }
    body = bytes([number % 256]) * payload
    return [b"depot.hall.prod.tick.hall", json.dumps(event).encode()] + ([body] if payload else [])


def show(parts):
    """Prints what arrived."""
    while parts:
        _, event, body = (parts[:3] + [b""])[:3]
        del parts[:3]
        sequence = int(json.loads(event)["sequence"])
        first = body[0] if body else 0
        assert body == bytes([first]) * len(body)
        print(sequence, len(body), first, flush=True)


if socket_type == "pub":
    begin = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), begin.set()), daemon=True).start()
    while not begin.wait(0.01):
        socket.send_multipart(parts(0))
if socket_type in ("pub", "push", "req"):
    for number in range(1, count + 1):
        socket.send_multipart(parts(number))
        if socket_type == "req":
            assert socket.recv_multipart() == [b"OK"]
    print("done", flush=True)
    # What is under way is sent before the socket closes.
    socket.close(linger=60_000)
    context.term()
else:
    while True:
        show(socket.recv_multipart())
        if socket_type == "rep":
            socket.send(b"OK")
